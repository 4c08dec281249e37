import { flagOf, normalise } from './normalise.ts'
import type { RawBridge } from './types.ts'

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

/** The link of `thing`, `ws` or `mop`, as Pilot tells it; arguments that say neither are left out. @returns how to stop */
export function subscribeLink(
  globals: Record<string, unknown>,
  module: 'thing' | 'ws' | 'mop',
  listener: (connected: boolean) => void,
): () => void {
  return subscribe(globals, CALLBACKS[module], (argument) => {
    const connected = linkSignal(argument)
    if (connected !== null) listener(connected)
  })
}

/** @returns how to stop */
export const subscribeLive = (
  globals: Record<string, unknown>,
  listener: (status: LiveStatus) => void,
): (() => void) => subscribe(globals, CALLBACKS.liveshare, (argument) => listener(liveStatus(argument)))

/**
 * The two questions that Pilot asks a page, assigned on the bridge itself and not on `window` (facts A4). Both are
 * synchronous. @returns how to take them away
 */
export function answerPilot(
  bridge: RawBridge,
  answers: {
    /** The arrow in the upper left corner. True: handled, Pilot stays. Never called for the hardware key. */
    readonly onBack?: () => boolean
    /** Pilot is about to leave the platform; it waits for the function to return, for nothing else. */
    readonly onStop?: () => void
  },
): () => void {
  const { onBack, onStop } = answers
  if (onBack !== undefined) bridge.onBackClick = () => onBack() === true
  if (onStop !== undefined) bridge.onStopPlatform = () => onStop()
  return () => {
    if (onBack !== undefined) delete bridge.onBackClick
    if (onStop !== undefined) delete bridge.onStopPlatform
  }
}

/** Connected or not, from any argument of facts B5; null for one that says neither. */
export function linkSignal(argument: unknown): boolean | null {
  if (argument === undefined || argument === null || argument === '') return null
  const said = normalise(argument)
  if (said.code !== null && said.code !== 0) return false
  return flagOf(said.data)
}

/** What the liveshare module reports (facts B5). Null: not said. */
export interface LiveStatus {
  /** 0 not connected, 1 connected, 2 living */
  readonly status: number | null
  readonly fps: number | null
  /** kbit/s */
  readonly videoBitRate: number | null
  readonly raw: unknown
}

export function liveStatus(argument: unknown): LiveStatus {
  const { data } = normalise(argument)
  const said = typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {}
  const figure = (name: string): number | null => {
    const value = said[name]
    const read = value === undefined || value === null || value === '' ? Number.NaN : Number(value)
    return Number.isNaN(read) ? null : read
  }
  return { status: figure('status'), fps: figure('fps'), videoBitRate: figure('videoBitRate'), raw: data }
}
