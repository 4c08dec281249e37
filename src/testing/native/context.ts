import type { EventLog } from '../event-log.ts'
import type { Knobs } from '../knobs.ts'
import type { Mask } from '../mask.ts'
import type { Timers } from '../timers.ts'
import type { Coordinates, Device, VirtualPilotOptions } from '../types.ts'
import type { NativeState } from './state.ts'

/** What all parts of the native side share. */
export interface NativeContext {
  readonly gateway: Device
  readonly knobs: Knobs
  readonly timers: Timers
  readonly mask: Mask
  readonly log: EventLog
  readonly state: NativeState
  readonly network: { up: boolean }
  readonly home: Coordinates
  readonly services: VirtualPilotOptions['services']
  readonly onReport: VirtualPilotOptions['onReport']
  readonly replay: Replay | null
  /** Calls a global function of the page by name, if a page is open. */
  readonly callPage: (name: string, argument: string) => void
}

/** When a trace is replayed: the answers of the recorded controller. */
export interface Replay {
  /** What the recorded controller answered to this call of this method; null: it was never called there. */
  next(method: string, args: readonly unknown[]): Recorded | null
}

export interface Recorded {
  readonly refused: boolean
  /** @param own what this Pilot would answer by itself; it replaces what is masked in the trace */
  answer(own: unknown, context: Pick<NativeContext, 'gateway' | 'state'>): unknown
}

export type Publish = (topic: string, payload: object, qos: 0 | 1) => void

/** `tid` and `bid` only have to be unique. */
export const newId = (): string => crypto.randomUUID()
