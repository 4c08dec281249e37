import type { Bootstrap, ModuleName, PageUrls } from '../core/pages/page-data.ts'

/** What Pilot injects: every method is synchronous and answers in one of the shapes of facts B1. */
export type RawBridge = Record<string, unknown>

export type LinkState = 'disconnected' | 'connecting' | 'connected'
export type StepStatus = 'running' | 'ok' | 'skipped' | 'waiting' | 'failed'

/** One line of the page's log: what was tried and what Pilot said, raw. Arguments are never part of it (they hold secrets). */
export interface FlowStep {
  readonly id: string
  readonly status: StepStatus
  /** Pilot's own code and message; null where it gave none. */
  readonly code: number | null
  readonly message: string | null
  /** A key of the texts: what to do about it. */
  readonly hint: string | null
  /** ms since the epoch */
  readonly at: number
}

/** The outside world of the flow, so that it runs in a WebView and under Node alike. */
export interface FlowEnvironment {
  /** `() => window.djiBridge`: asked again, for it may be injected late (facts A3). */
  readonly bridge: () => RawBridge | undefined
  /** True when the user agent has `dji-open-platform`: then a missing bridge is worth waiting for. */
  readonly insidePilot: boolean
  /** Callbacks are names of globals (facts B5): `window`, or a plain object in Node. */
  readonly globals: Record<string, unknown>
  readonly http: (request: FlowRequest) => Promise<FlowResponse>
  readonly storage: {
    get(key: string): string | null
    set(key: string, value: string): void
    remove(key: string): void
  }
  readonly timers: { now(): number; set(fn: () => void, ms: number): unknown; clear(handle: unknown): void }
  readonly urls: PageUrls
  /** Origin and path by which this page reaches the platform (`baseOf`). Null or absent: the server's word stands. */
  readonly base?: string | null
  readonly onStep?: (step: FlowStep) => void
  readonly onState?: (state: FlowState) => void
  /** Every outcome, also those that come later than the answer of `run`: the link came up, the session ended. */
  readonly onOutcome?: (outcome: FlowOutcome) => void
}

export interface FlowRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly token: string | null
  readonly body?: unknown
  /** The page is going away: send it, wait for nothing. */
  readonly keepalive?: boolean
}

/** `status` 0: the server was not reached. */
export interface FlowResponse {
  readonly status: number
  readonly code: number
  readonly message: string
  readonly data: unknown
}

export interface FlowState {
  /** Of `thing`: the controller's MQTT. */
  readonly link: LinkState
  /** Since when the link has been like that, in ms since the epoch. */
  readonly linkSince: number
  /** Of `ws`: live data of the others. */
  readonly ws: LinkState
  readonly bridge: 'absent' | 'present'
  readonly verified: boolean
  readonly modules: Readonly<Partial<Record<ModuleName, 'loaded' | 'loading' | 'failed' | 'off'>>>
  readonly gateway: string | null
  readonly aircraft: string | null
  readonly bootstrap: Bootstrap | null
  /** The MQTT address that this controller was given last. */
  readonly mqttHost: string | null
  /** Server's clock minus this controller's, in ms; null until the server was asked. */
  readonly skewMs: number | null
  /** In ms since the epoch. `failingSince`: the last request did not reach it, nor any since then. */
  readonly server: { readonly reachedAt: number | null; readonly failingSince: number | null }
  /** When this was last found to be true, in ms since the epoch: Pilot is asked every second. */
  readonly at: number
}

export type TokenSituation =
  | { readonly kind: 'none' }
  | { readonly kind: 'valid'; readonly token: string; readonly refreshed: boolean }
  | { readonly kind: 'login'; readonly reason: 'expired' | 'invalid' | 'revoked' | 'spent' }
  /** The server was not reached: the token is kept, nobody is logged out. */
  | { readonly kind: 'unreachable'; readonly token: string }

export type FlowOutcome =
  | { readonly kind: 'connected' }
  /** Loaded, but no link yet; the flow goes on watching. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly step: FlowStep }
  | { readonly kind: 'login'; readonly reason: 'expired' | 'invalid' | 'revoked' | 'spent' | null }
  /** No bridge: an ordinary browser. */
  | { readonly kind: 'outside' }

export interface PilotFlow {
  /** The token of Pilot (apiGetToken) or of the storage, checked by the server and refreshed where needed. */
  resolveToken(): Promise<TokenSituation>
  login(username: string, password: string): Promise<FlowResponse>
  /** Steps 2 to 6 of the design, from whatever native state stands. */
  run(bootstrap?: Bootstrap | null): Promise<FlowOutcome>
  /** Unloads this module and all that need it, and loads them again. */
  reload(module: ModuleName): Promise<FlowOutcome>
  /** After sleep, or when the network is back: looks at once instead of at the next tick. */
  wake(): void
  state(): FlowState
  /** Unloads backwards, ends the session, stops the platform. */
  logout(): Promise<void>
  /** Unloads backwards and stops the platform; the login stays for the next time. Synchronous. */
  quit(): void
  /** For `onStopPlatform`: synchronous. Forgets the session here and tells the server without waiting. */
  leave(): void
  /** Stops timers and watching; native state stays as it is. */
  stop(): void
}
