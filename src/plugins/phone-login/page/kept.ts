import { phaseOf } from '../lifetime.ts'

/** A code that the page waits with. */
export interface Waiting {
  readonly deviceCode: string
  readonly browserKey: string
  readonly userCode: string
  /** The address for people, without `https://`. */
  readonly address: string
  readonly qr: readonly string[]
  /** By the clock of this controller, in ms since the epoch. */
  readonly endsAt: number
  readonly intervalMs: number
}

const KEY = 'dji-cloud.phone-login'
const SERIAL = 'dji-cloud.phone-login.serial'

/** Pilot loads the page again when the pilot comes back to it (facts A3). The code that the phone has approved meanwhile must still be there. */
export function keep(waiting: Waiting): void {
  write(KEY, JSON.stringify(waiting))
}

export const forget = (): void => write(KEY, null)

/** Null: there is none, or its time is over, also for an approval of the last moment. */
export function recall(now: number): Waiting | null {
  const text = read(KEY)
  if (text === null) return null
  try {
    const waiting = JSON.parse(text) as Waiting
    if (isWaiting(waiting) && phaseOf(now, waiting.endsAt) !== 'over') return waiting
  } catch {
    // Not ours, or half of it.
  }
  forget()
  return null
}

const isWaiting = (value: Waiting | null): value is Waiting =>
  typeof value === 'object' &&
  value !== null &&
  typeof value.deviceCode === 'string' &&
  typeof value.browserKey === 'string' &&
  typeof value.userCode === 'string' &&
  typeof value.address === 'string' &&
  typeof value.endsAt === 'number' &&
  typeof value.intervalMs === 'number' &&
  Array.isArray(value.qr)

/** Pilot tells its serial number only after the first login (facts B4): the main page keeps it for the next one. */
export const keepSerial = (serial: string): void => write(SERIAL, serial)
export const recallSerial = (): string | null => read(SERIAL)

/** A web view may forbid storage: then the code is lost with the page, and everything else works. */
function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // As above.
  }
}
