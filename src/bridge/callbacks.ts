import { normalize, toBoolean } from './normalize.ts'
import type { RawBridge } from './types.ts'

/** Names of global functions: Pilot evaluates the name as text in the page, so it cannot find a function inside a module. */
export const CALLBACKS = {
  thing: 'djiCloudThingCallback',
  ws: 'djiCloudWsCallback',
  mop: 'djiCloudMopCallback',
  liveshare: 'djiCloudLiveCallback',
} as const

/**
 * Makes a function global, so that Pilot can call it by its name.
 * @param globals `window`, or a plain object under Node
 * @returns a function that removes it, unless another function has taken the name since
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

/**
 * Listens to Pilot's callback about the link of `thing`, `ws` or `mop`. Arguments that are neither true nor false are
 * ignored. @returns stops listening
 */
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

/** @returns stops listening */
export const subscribeLive = (
  globals: Record<string, unknown>,
  listener: (status: LiveStatus) => void,
): (() => void) => subscribe(globals, CALLBACKS.liveshare, (argument) => listener(liveStatus(argument)))

/**
 * Sets the two functions of a page that Pilot calls. They are set on the bridge itself, not on `window` (facts A4).
 * Both are synchronous. @returns removes them
 */
export function setPilotHandlers(
  bridge: RawBridge,
  answers: {
    /** The arrow in the upper left corner was touched. Return true to stay in the page. The hardware key never calls it. */
    readonly onBack?: (() => boolean) | undefined
    /** Pilot leaves the platform. It waits for this function to return, but not for a promise. */
    readonly onStop?: (() => void) | undefined
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

/** Reads "connected" from any argument of facts B5; null if it says neither. */
export function linkSignal(argument: unknown): boolean | null {
  if (argument === undefined || argument === null || argument === '') return null
  const said = normalize(argument)
  if (said.code !== null && said.code !== 0) return false
  return toBoolean(said.data)
}

/** What the liveshare module reports (facts B5). Null means that Pilot did not say it. */
export interface LiveStatus {
  /** 0 not connected, 1 connected, 2 living */
  readonly status: number | null
  readonly fps: number | null
  /** kbit/s */
  readonly videoBitRate: number | null
  readonly raw: unknown
}

/** Reads the argument of the liveshare callback. Never throws. */
export function liveStatus(argument: unknown): LiveStatus {
  const { data } = normalize(argument)
  const said = typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {}
  const figure = (name: string): number | null => {
    const value = said[name]
    const read = value === undefined || value === null || value === '' ? Number.NaN : Number(value)
    return Number.isNaN(read) ? null : read
  }
  return { status: figure('status'), fps: figure('fps'), videoBitRate: figure('videoBitRate'), raw: data }
}
