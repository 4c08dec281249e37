import type { Device } from '../types.ts'
import type { Flight } from './path.ts'

/** What Pilot itself remembers; it outlives pages (facts A3). Plain data: every part of the native side reads it. */
export interface NativeState {
  verified: boolean
  workspaceId: string | null
  information: { readonly platform: string; readonly workspace: string; readonly description: string } | null
  /** Insertion order is the order of loading. */
  readonly components: Map<string, Component>
  /** What api was given; survives as long as the knobs say. */
  token: string
  host: string
  aircraft: Device | null
  withdrawn: boolean
  pageOpen: boolean
  /** Null: the circle around home. */
  flight: Flight | null
  telemetryHeld: boolean
  /** Settings of the modules that nothing here depends on, as the page left them. */
  readonly settings: Map<string, unknown>
}

export interface Component {
  readonly params: Readonly<Record<string, unknown>>
  /** False until the lag of the knob is over. */
  ready: boolean
}

export const newState = (aircraft: Device | null): NativeState => ({
  verified: false,
  workspaceId: null,
  information: null,
  components: new Map(),
  token: '',
  host: '',
  aircraft,
  withdrawn: false,
  pageOpen: false,
  flight: null,
  telemetryHeld: false,
  settings: new Map(),
})

/** Without both, the page is an ordinary web page to Pilot (facts A5). */
export const isRegistered = (state: NativeState): boolean =>
  state.workspaceId !== null && state.information !== null

export const paramOf = (component: Component | undefined, name: string): string => {
  const value = component?.params[name]
  return typeof value === 'string' ? value : ''
}
