import type { Bridge } from './client.ts'
import type { Here } from './here.ts'
import type { Link } from './link.ts'
import type { Memory } from './memory.ts'
import type { Pauses } from './pauses.ts'
import type { Server } from './server.ts'
import type { TokenKeeper } from './token.ts'
import type { FlowEnvironment, FlowState, FlowStep, StepStatus } from './types.ts'

/** State and tools that all parts of the login flow share. */
export interface FlowContext {
  readonly env: FlowEnvironment
  /** Rewrites addresses of the server to those by which this page reached it. */
  readonly here: Here
  readonly bridge: Bridge
  readonly server: Server
  readonly memory: Memory
  readonly keeper: TokenKeeper
  readonly pauses: Pauses
  readonly thing: Link
  readonly ws: Link
  /**
   * Waits for `window.djiBridge`, because Pilot may inject it late. Resolves when it is there, or when the wait is over,
   * and notes the result.
   */
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
