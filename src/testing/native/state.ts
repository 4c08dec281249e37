import type { Device } from '../types.ts'
import type { Flight } from './path.ts'

/**
 * What Pilot itself remembers, also after a page is closed (facts A3). Plain data that all parts of the native side
 * read.
 */
export interface NativeState {
  verified: boolean
  workspaceId: string | null
  information: { readonly platform: string; readonly workspace: string; readonly description: string } | null
  /** The modules in the order in which they were loaded. */
  readonly components: Map<string, Component>
  /** The token given to api. The knobs say how long it is kept. */
  token: string
  host: string
  aircraft: Device | null
  withdrawn: boolean
  pageOpen: boolean
  /** Null: fly the circle around home. */
  flight: Flight | null
  telemetryHeld: boolean
  /** Fields of OSD that replace those of the flight. */
  readings: {
    readonly aircraft: Readonly<Record<string, unknown>>
    readonly gateway: Readonly<Record<string, unknown>>
  }
  /** Settings of the modules, as the page set them. Nothing here depends on them. */
  readonly settings: Map<string, unknown>
}

export interface Component {
  readonly params: Readonly<Record<string, unknown>>
  /** False until the delay of the knob is over. */
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
  readings: { aircraft: {}, gateway: {} },
  settings: new Map(),
})

/** Without both, Pilot treats the page as an ordinary web page (facts A5). */
export const isRegistered = (state: NativeState): boolean =>
  state.workspaceId !== null && state.information !== null

export const paramOf = (component: Component | undefined, name: string): string => {
  const value = component?.params[name]
  return typeof value === 'string' ? value : ''
}

/** The parameters of a load that are settings, and the setting that each of them is (facts B7). */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  media: {
    autoUploadPhoto: 'media.photo',
    autoUploadPhotoType: 'media.photoType',
    autoUploadVideo: 'media.video',
  },
  liveshare: { videoPublishType: 'liveshare.publishType' },
}

/**
 * The parameters of a module become its settings when it is loaded. If a parameter is not given, the setting stays as
 * it was.
 */
export function applyParams(
  state: NativeState,
  module: string,
  params: Readonly<Record<string, unknown>>,
): void {
  for (const [param, setting] of Object.entries(SETTINGS[module] ?? {}))
    if (params[param] !== undefined) state.settings.set(setting, params[param])
}
