import { flagOf, normalise } from './normalise.ts'

/** Flat names: Pilot finds a callback by evaluating the text in the page, so a function inside a module is not found. */
export const CALLBACKS = {
  thing: 'djiCloudThingCallback',
  ws: 'djiCloudWsCallback',
  mop: 'djiCloudMopCallback',
  liveshare: 'djiCloudLiveCallback',
} as const

/**
 * Puts a function where Pilot can call it.
 * @param globals `window`, or a plain object under Node
 * @returns takes it away again, unless somebody else has taken the name meanwhile
 */
export function subscribe(
  globals: Record<string, unknown>,
  name: string,
  listener: (argument: unknown) => void,
): () => void {
  const callback = (argument: unknown): void => listener(argument)
  globals[name] = callback
  return () => {
    if (globals[name] === callback) delete globals[name]
  }
}

/** Connected or not, from any argument of facts B5; null for one that says neither. */
export function linkSignal(argument: unknown): boolean | null {
  if (argument === undefined || argument === null || argument === '') return null
  const said = normalise(argument)
  if (said.code !== null && said.code !== 0) return false
  return flagOf(said.data)
}

/** What the liveshare module reports (facts B5). */
export interface LiveStatus {
  /** 0 not connected, 1 connected, 2 living */
  readonly status: number | null
  readonly raw: unknown
}

export function liveStatus(argument: unknown): LiveStatus {
  const { data } = normalise(argument)
  const status =
    typeof data === 'object' && data !== null && 'status' in data ? Number(data.status) : Number.NaN
  return { status: Number.isNaN(status) ? null : status, raw: data }
}
