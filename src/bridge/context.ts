import type { Bridge } from './client.ts'
import type { Here } from './here.ts'
import type { Link } from './link.ts'
import type { Memory } from './memory.ts'
import type { Pauses } from './pauses.ts'
import type { Server } from './server.ts'
import type { TokenKeeper } from './token.ts'
import type { FlowEnvironment, FlowState, FlowStep, StepStatus } from './types.ts'

/** What the parts of the flow share. */
export interface FlowContext {
  readonly env: FlowEnvironment
  /** Addresses as this page knows them. */
  readonly here: Here
  readonly bridge: Bridge
  readonly server: Server
  readonly memory: Memory
  readonly keeper: TokenKeeper
  readonly pauses: Pauses
  readonly thing: Link
  readonly ws: Link
  /** Pilot may inject it late; resolves when it is there or not to be expected, and notes which. */
  readonly findBridge: () => Promise<boolean>
  readonly report: (id: string, status: StepStatus, said?: StepWords) => FlowStep
  readonly state: () => FlowState
  readonly update: (change: Partial<FlowState>) => void
}

export interface StepWords {
  readonly code?: number | null
  readonly message?: string | null
  readonly hint?: string | null
}
