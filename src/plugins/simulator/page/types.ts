import type { Confidence, FaultInfo } from '../fault-info.ts'

export type { FaultInfo } from '../fault-info.ts'

/** What the server puts into the page (../document.ts). */
export interface SimulatorData {
  readonly base: string
  readonly access: string
  readonly login: string
  readonly needsToken: boolean
  readonly knobs: Readonly<Record<string, KnobInfo>>
  readonly presets: readonly PresetInfo[]
  readonly models: readonly Model[]
  readonly faults: readonly FaultInfo[]
}

export interface KnobInfo {
  readonly value: unknown
  readonly values?: readonly (string | number)[]
  readonly confidence: Confidence
  readonly about: string
}

export interface PresetInfo {
  readonly name: string
  readonly label: string
  readonly knobs: Readonly<Record<string, unknown>>
  readonly confidence: Confidence
  readonly about: string
}

export interface Model {
  readonly name: string
  readonly serial: string
  readonly type: number
  readonly subType: number
}

export interface Entry {
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly [field: string]: unknown
}

export interface State {
  readonly link: string
  readonly preset: string | null
  readonly gateway: Model
  readonly aircraft: Model | null
  readonly network: boolean
  /** The token that the page gave to Pilot is worth something. */
  readonly loggedIn: boolean
  /** Why the session has ended, if a button ended it. */
  readonly ended: 'revoked' | null
  /** The fault that this controller has; null: none. */
  readonly fault: string | null
  readonly knobs: Readonly<Record<string, unknown>>
  readonly native: {
    readonly verified: boolean
    readonly workspaceId: string | null
    readonly platformName: string | null
    readonly mqtt: string
    readonly ws: string
    readonly topologyAcknowledged: boolean
    readonly pageOpen: boolean
  }
}

export interface News {
  readonly entries: readonly Entry[]
  readonly state: State
}

export interface ControlAnswer {
  readonly state: State
  readonly done?: boolean
  readonly why?: string
  readonly was?: string
  readonly now?: string
}

export interface Created {
  readonly id: string
  readonly state: State
}
