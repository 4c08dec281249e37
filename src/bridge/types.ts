import type { Bootstrap, ModuleName, PageUrls } from '../core/pages/page-data.ts'

/** The object that Pilot injects. Every method is synchronous and answers in one of the shapes of facts B1. */
export type RawBridge = Record<string, unknown>

/** The state of a link of Pilot. */
export type LinkState = 'disconnected' | 'connecting' | 'connected'
/** How far a step of the flow has come. */
export type StepStatus = 'running' | 'ok' | 'skipped' | 'waiting' | 'failed'

/** One line of the page's log: the step and Pilot's raw answer. Never the arguments, because they contain secrets. */
export interface FlowStep {
  readonly id: string
  readonly status: StepStatus
  /** Pilot's code and message; null if it gave none. */
  readonly code: number | null
  readonly message: string | null
  /** Text key: what to do about it. */
  readonly hint: string | null
  /** ms since the epoch */
  readonly at: number
}

/** Everything outside the flow, injected so that it runs in a web view and under Node. */
export interface FlowEnvironment {
  /** `() => window.djiBridge`. Called at each use, because Pilot may inject it late (facts A3). */
  readonly bridge: () => RawBridge | undefined
  /** True if the user agent has `dji-open-platform`: then the flow waits for a missing bridge. */
  readonly isDjiPilot: boolean
  /** Holds the global callback functions (facts B5): `window`, or a plain object under Node. */
  readonly globals: Record<string, unknown>
  readonly http: (request: FlowRequest) => Promise<FlowResponse>
  readonly storage: {
    get(key: string): string | null
    set(key: string, value: string): void
    remove(key: string): void
  }
  readonly timers: { now(): number; set(fn: () => void, ms: number): unknown; clear(handle: unknown): void }
  readonly urls: PageUrls
  /** A new text that nobody can guess. It ties the second step of a login to this page. Absent: it is not tied. */
  readonly randomKey?: (() => string) | undefined
  /** Origin and path by which this page reaches the platform (`baseOf`). Null or absent: use the server's addresses. */
  readonly base?: string | null | undefined
  readonly onStep?: ((step: FlowStep) => void) | undefined
  readonly onState?: ((state: FlowState) => void) | undefined
  /** Called with every outcome, also after `run` has resolved: the link came up, the session ended. */
  readonly onOutcome?: ((outcome: FlowOutcome) => void) | undefined
}

/** A request of the flow to the platform. */
export interface FlowRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly token: string | null
  readonly body?: unknown
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** True: the page is being closed, so send the request without waiting for the answer. */
  readonly keepalive?: boolean | undefined
}

/** `status` is 0 if the server was not reached. */
export interface FlowResponse {
  readonly status: number
  readonly code: number
  readonly message: string
  readonly data: unknown
}

/** What is typed at a login. */
export interface LoginInput {
  /** As the user types it. */
  readonly username: string
  /** It is sent, and not kept. */
  readonly password: string
  /** More fields, where the platform has some: the option `fields` of its users. */
  readonly fields?: Readonly<Record<string, string>> | undefined
}

/** The answer to a login. */
export interface LoginResult extends FlowResponse {
  /** Not null: the password was right, and `answerChallenge` has to be called with a code. */
  readonly challenge: OpenChallenge | null
}

/** A second step of a login that waits for its code. Only the page that began the login can go on with it. */
export interface OpenChallenge {
  /** The user name of the login. */
  readonly username: string
  readonly token: string
  readonly pageKey: string | null
  /** What is asked for, such as `otp`. */
  readonly kind: string
  /** For the person: where the code is. Null: the platform does not say. */
  readonly hint: string | null
  /** How many digits the code has. Null: it is any text. */
  readonly digits: number | null
  /** How many codes may be tried. Null: not known. */
  readonly attemptsLeft: number | null
  /** By the clock of this page, in ms since the epoch. */
  readonly expiresAt: number
}

/** What a code is for. */
export type CodeRequest = Pick<OpenChallenge, 'kind' | 'hint' | 'digits'>

/** What a login may need beside name and password. */
export interface LoginExtras {
  /** More fields of the login form, by name. */
  readonly fields?: Readonly<Record<string, string>> | undefined
  /** The code of the second step, or a function that makes it. Used only if the platform asks for one. */
  readonly code?: string | ((challenge: CodeRequest) => string | Promise<string>) | undefined
}

/** All that the flow knows at this moment: a copy that does not change. */
export interface FlowState {
  /** The link of `thing`: the controller's MQTT connection. */
  readonly link: LinkState
  /** Since when the link is up, or since when it is down; ms since the epoch. "Connecting" and "disconnected" are both down. */
  readonly linkSince: number
  /** The link of `ws`: live data of the other devices. */
  readonly ws: LinkState
  readonly bridge: 'absent' | 'present'
  readonly verified: boolean
  readonly modules: Readonly<Partial<Record<ModuleName, 'loaded' | 'loading' | 'failed' | 'off'>>>
  readonly gateway: string | null
  readonly aircraft: string | null
  readonly bootstrap: Bootstrap | null
  /** The MQTT address that this controller got last. */
  readonly mqttHost: string | null
  /** The server's clock minus this controller's clock, in ms; null before the first answer. */
  readonly skewMs: number | null
  /** Times in ms since the epoch. `failingSince`: since then, no request has reached the server. */
  readonly server: { readonly reachedAt: number | null; readonly failingSince: number | null }
  /** When this state was last checked, in ms since the epoch. Pilot is asked every second. */
  readonly at: number
}

/** The server's answer about the token that the page holds. */
export type TokenStatus =
  | { readonly kind: 'none' }
  | { readonly kind: 'valid'; readonly token: string; readonly refreshed: boolean }
  | { readonly kind: 'login'; readonly reason: 'expired' | 'invalid' | 'revoked' | 'spent' }
  /** The server was not reached. The token is kept and nobody is logged out. */
  | { readonly kind: 'unreachable'; readonly token: string }

/** How one run of the flow ended. */
export type FlowOutcome =
  | { readonly kind: 'connected' }
  /** All is loaded, but a link is not up yet. The flow keeps watching. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly step: FlowStep }
  | { readonly kind: 'login'; readonly reason: 'expired' | 'invalid' | 'revoked' | 'spent' | null }
  /** No bridge: the page runs in an ordinary browser. */
  | { readonly kind: 'outside' }

/** The flow of a page: from the token to the link, and back. */
export interface PilotFlow {
  /** Takes the token from Pilot (apiGetToken) or from storage, lets the server check it, and refreshes it if needed. */
  resolveToken(): Promise<TokenStatus>
  /** @param fields more than name and password, where the platform asks for more */
  login(username: string, password: string, fields?: LoginInput['fields']): Promise<LoginResult>
  /** The second step of a login: sends the code. */
  answerChallenge(challenge: OpenChallenge, code: string): Promise<FlowResponse>
  /** The user goes back: the server takes no code for this login any more, and the host can void what it has sent. */
  cancelChallenge(challenge: OpenChallenge): Promise<FlowResponse>
  /** Does steps 2 to 6 of the design, from the present state of Pilot. */
  run(bootstrap?: Bootstrap | null): Promise<FlowOutcome>
  /** Unloads this module and the modules that need it, and loads them again. */
  reload(module: ModuleName): Promise<FlowOutcome>
  /** Checks now instead of at the next tick: after sleep, or when the network is back. */
  wake(): void
  state(): FlowState
  /** The access token of this page, for requests of your own. Null: nobody is logged in. It changes: see `onToken`. */
  token(): string | null
  /**
   * Calls the listener whenever the token changes: after a login, when the flow has renewed it, and with null when it is gone. Not at
   * once: `token()` is the present one.
   * @returns a function that ends this
   */
  onToken(listener: (token: string | null) => void): () => void
  /** Unloads the modules in reverse order, ends the session, stops the platform. */
  logout(): Promise<void>
  /** Unloads the modules in reverse order and stops the platform. The login stays for the next time. Synchronous. */
  quit(): void
  /** For `onStopPlatform`. Forgets the session on this page and tells the server without waiting. Synchronous. */
  leave(): void
  /** Stops timers and watching. Does not change Pilot's state. */
  stop(): void
}
