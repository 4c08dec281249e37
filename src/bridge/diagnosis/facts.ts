import type { LoginReason, ModuleName } from '../../core/pages/page-data.ts'
import type { FlowState, FlowStep, LinkState } from '../types.ts'
import type { Addresses } from './addresses.ts'

/** All that a diagnosis looks at, as data. Null: not known; nothing is ever concluded from that. */
export interface DiagnosticFacts {
  readonly addresses: Addresses
  /** The page was opened by a controller at that address. */
  readonly opened: boolean
  readonly bridge: 'absent' | 'present' | null
  /** Major version of the web view. */
  readonly chromium: number | null
  /** Of DJI Pilot 2: `17.3.2.2`. */
  readonly appVersion: string | null
  readonly link: LinkState | null
  /** For how long the link has been like that, in ms. */
  readonly linkFor: number
  /** What the host has switched on. */
  readonly modules: readonly ModuleName[] | null
  readonly loaded: FlowState['modules']
  /** Each step as it was last done. */
  readonly steps: readonly FlowStep[]
  readonly gateway: string | null
  readonly aircraft: string | null
  /** What the server says of this controller and its aircraft: online or not. */
  readonly seenByServer: { readonly gateway: boolean | null; readonly aircraft: boolean | null }
  /** Server's clock minus this one's, in ms. */
  readonly skewMs: number | null
  readonly build: { readonly page: string | null; readonly server: string | null }
  /** Life of a fresh token, in ms. */
  readonly tokenTtlMs: number | null
  /** The link was up when the page was left, and down when it was opened again. */
  readonly lostWhileAway: boolean
  /** Why the last session ended, when its pilot did not end it. */
  readonly loginReason: LoginReason | null
  /** What `POST storage/.../sts` answered; 0: not reached. */
  readonly storageStatus: number | null
}

export type KnownFacts = Partial<
  Pick<
    DiagnosticFacts,
    | 'chromium'
    | 'appVersion'
    | 'seenByServer'
    | 'tokenTtlMs'
    | 'lostWhileAway'
    | 'loginReason'
    | 'storageStatus'
    | 'opened'
  >
> & { readonly page: string | null; readonly build: string | null; readonly now: number }

/** The facts of a flow, with what only its page knows. */
export function factsOf(state: FlowState, steps: readonly FlowStep[], known: KnownFacts): DiagnosticFacts {
  const { bootstrap } = state
  return {
    addresses: {
      page: known.page,
      api: bootstrap === null ? null : bootstrap.api_host,
      ws: bootstrap === null ? null : bootstrap.ws_host,
      mqtt: state.mqttHost,
    },
    opened: known.opened ?? true,
    bridge: state.bridge,
    chromium: known.chromium ?? null,
    appVersion: known.appVersion ?? null,
    link: state.link,
    linkFor: known.now - state.linkSince,
    modules: bootstrap === null ? null : bootstrap.modules.map(({ name }) => name),
    loaded: state.modules,
    steps,
    gateway: state.gateway,
    aircraft: state.aircraft,
    seenByServer: known.seenByServer ?? { gateway: null, aircraft: null },
    skewMs: state.skewMs,
    build: { page: known.build, server: bootstrap === null ? null : bootstrap.build },
    tokenTtlMs: known.tokenTtlMs ?? null,
    lostWhileAway: known.lostWhileAway ?? false,
    loginReason: known.loginReason ?? null,
    storageStatus: known.storageStatus ?? null,
  }
}

/** Of a user agent: the web view names its Chromium there (facts A1). */
export function chromiumOf(userAgent: string): number | null {
  const version = Number(/Chrom(?:e|ium)\/(\d+)/.exec(userAgent)?.[1])
  return Number.isNaN(version) ? null : version
}
