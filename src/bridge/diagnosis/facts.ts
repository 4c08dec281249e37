import type { Addresses } from '../../core/findings/addresses.ts'
import type { LoginReason, ModuleName } from '../../core/pages/page-data.ts'
import type { FlowState, FlowStep, LinkState } from '../types.ts'

/** All input of a diagnosis, as data. Null means "not known", and no finding follows from it. */
export interface DiagnosticFacts {
  readonly addresses: Addresses
  /** True: a controller opened the page at that address. */
  readonly opened: boolean
  readonly bridge: 'absent' | 'present' | null
  /** Major version of the web view's Chromium. */
  readonly chromium: number | null
  /** Version of DJI Pilot 2, such as `17.3.2.2`. */
  readonly appVersion: string | null
  readonly link: LinkState | null
  /** How long the link has been in this state, in ms. */
  readonly linkForMs: number
  /** The modules that the host has switched on. */
  readonly modules: readonly ModuleName[] | null
  readonly loaded: FlowState['modules']
  /** The last result of each step. */
  readonly steps: readonly FlowStep[]
  readonly gateway: string | null
  readonly aircraft: string | null
  /** Whether this controller and its aircraft are online for the server. */
  readonly seenByServer: { readonly gateway: boolean | null; readonly aircraft: boolean | null }
  /** The server's clock minus this controller's clock, in ms. */
  readonly skewMs: number | null
  readonly build: { readonly page: string | null; readonly server: string | null }
  /** Lifetime of a new token, in ms. */
  readonly tokenTtlMs: number | null
  /** True: the link was up when the pilot left the page, and down when the page was opened again. */
  readonly lostWhileAway: boolean
  /** Why the last session ended, if the pilot did not end it. */
  readonly loginReason: LoginReason | null
  /** Whether the controller has a network, as its browser says. */
  readonly networkUp: boolean | null
  /** How long the server has not answered this page, in ms; 0: it answered the last request. */
  readonly serverFailingForMs: number
  /** HTTP status of `POST storage/.../sts`; 0 if the server was not reached. */
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
    | 'networkUp'
    | 'opened'
  >
> & {
  readonly page: string | null
  readonly build: string | null
  readonly now: number
  /** Since when the page's own requests fail, in ms since the epoch; null: they do not. Absent: the flow's requests count. */
  readonly serverFailingSince?: number | null | undefined
}

/** Collects the facts from a flow and from its page. */
export function factsOf(state: FlowState, steps: readonly FlowStep[], known: KnownFacts): DiagnosticFacts {
  const { bootstrap } = state
  const failingSince =
    known.serverFailingSince === undefined ? state.server.failingSince : known.serverFailingSince
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
    linkForMs: known.now - state.linkSince,
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
    networkUp: known.networkUp ?? null,
    serverFailingForMs: failingSince === null ? 0 : known.now - failingSince,
    storageStatus: known.storageStatus ?? null,
  }
}

/** Chromium's major version, read from the user agent of the web view (facts A1). */
export function chromiumOf(userAgent: string): number | null {
  const version = Number(/Chrom(?:e|ium)\/(\d+)/.exec(userAgent)?.[1])
  return Number.isNaN(version) ? null : version
}
