import type { FlowEnvironment } from '../../bridge/types.ts'
import { countDown, timeLeft } from './countdown.ts'
import type { Translate } from './translate.ts'

const KEY = 'dji-cloud.wait'
/** A longer one was written by a clock that was wrong. */
const LONGEST_MS = 24 * 3_600_000

interface Wait {
  readonly username: string
  /** ms since the epoch */
  readonly until: number
}

export interface LoginWait {
  begin(seconds: number, username: string): void
  /** Who waits; null: nobody. */
  username(): string | null
  /** How long this user has to wait, such as "14 min 32 s"; null: not at all. */
  left(username: string): string | null
}

/**
 * How long a user has to wait after too many failures. It is kept, because a page that is loaded again would otherwise offer a login
 * that the server refuses.
 * @param onChange called while the time runs, and when it is over
 */
export function createLoginWait(
  storage: FlowEnvironment['storage'],
  t: Translate,
  onChange: () => void,
): LoginWait {
  let wait = read(storage.get(KEY))
  let stop = (): void => {}

  function follow(): void {
    stop()
    if (wait === null) return
    stop = countDown(wait.until, onChange, () => {
      wait = null
      storage.remove(KEY)
      onChange()
    })
  }

  // Later, because the caller may not be ready to be called.
  window.setTimeout(follow, 0)
  return {
    username: () => (wait === null ? null : wait.username),
    left(username) {
      if (wait === null || wait.username !== username) return null
      const ms = wait.until - Date.now()
      return ms > 0 ? timeLeft(ms, t) : null
    },
    begin(seconds, username) {
      wait = { username, until: Date.now() + seconds * 1000 }
      storage.set(KEY, JSON.stringify(wait))
      follow()
    },
  }
}

function read(text: string | null): Wait | null {
  if (text === null) return null
  try {
    const { username, until } = JSON.parse(text) as Partial<Record<keyof Wait, unknown>>
    const left = Number(until) - Date.now()
    return typeof username === 'string' && left > 0 && left < LONGEST_MS
      ? { username, until: Number(until) }
      : null
  } catch {
    return null
  }
}
