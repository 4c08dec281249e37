import type { VirtualPilotOptions } from 'dji-cloud/testing'
import type { CloudOptions, Scene } from './stage.ts'

/** One picture of a page. */
export interface State {
  readonly name: string
  readonly cloud?: CloudOptions
  readonly pilot?: Partial<VirtualPilotOptions>
  /** An ordinary browser. */
  readonly outside?: boolean
  /** The lower half of the screen is the keyboard, which this field has opened. */
  readonly keyboard?: string
  /** Console errors that are expected in this state. */
  readonly expected?: RegExp
  /** Brings the tab from the login page into the state. */
  play(set: Scene): Promise<void>
}
