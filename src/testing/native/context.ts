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

/** The answers of the recorded controller, while a trace is replayed. */
export interface Replay {
  /** The recorded answer to this call of the method. Null: the method was never called in the recording. */
  next(method: string, args: readonly unknown[]): Recorded | null
}

export interface Recorded {
  readonly refused: boolean
  /** @param own the answer that this Pilot would give by itself; it replaces the masked parts of the recorded one */
  answer(own: unknown, context: Pick<NativeContext, 'gateway' | 'state'>): unknown
}

export type Publish = (topic: string, payload: object, qos: 0 | 1) => void

/** The time that the controller believes it is: ms since the epoch, for messages. */
export const timestampOf = ({ timers, knobs }: Pick<NativeContext, 'timers' | 'knobs'>): number =>
  timers.now() + knobs.clockOffsetSeconds * 1000

/** `tid` and `bid` only have to be unique. */
export const newId = (): string => crypto.randomUUID()
