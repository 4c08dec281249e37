import type { Role } from '../ports/users.ts'
import type { ModuleName } from './module-table.ts'

/** What every page's script is given, as escaped JSON in the page. Plain data: it is compiled for the browser too. */
export interface PageData {
  readonly page: 'login' | 'home' | 'error'
  /** Path that the host mounted us at, as far as the server knows: '' or '/drones'. For addresses there is `urls`. */
  readonly mount: string
  readonly urls: PageUrls
  readonly language: string
  /** Shown in the head of every page; '' shows none. */
  readonly platform_name: string
  /** The texts that the scripts show; templates have their own copy as locals. */
  readonly texts: Readonly<Record<string, string>>
  /** Why the login page is shown, where the server or a redirect knows it. */
  readonly reason: LoginReason | null
  /** Which build of this package made the page. */
  readonly build: string
  /** Apps of this controller that the main page can start. */
  readonly apps: readonly AppLink[]
  /** Present only when the request for the page carried a valid token; otherwise the script fetches it. */
  readonly bootstrap: Bootstrap | null
  /** What an error page reports. */
  readonly failure: {
    readonly code: number
    readonly message: string
    readonly hint: string
    /** Key of the text that says it to a pilot. */
    readonly words: string
  } | null
}

/** An app beside Pilot. */
export interface AppLink {
  readonly name: string
  /** What opens it: `scheme://...` (facts A2). */
  readonly url: string
  /** Android package: asked whether it is installed; null shows it always. */
  readonly package: string | null
}

/** `refused` and the rest are also the values of `?reason=` of the login page. */
export type LoginReason = 'expired' | 'invalid' | 'revoked' | 'spent' | 'signed_out'

/**
 * On the page's own origin: paths below the option `publicUrl`; without it relative to the page, since a proxy may have
 * taken off a prefix that the server never sees.
 */
export interface PageUrls {
  /** {mount}/pilot: what a pilot types. */
  readonly access: string
  readonly login: string
  readonly home: string
  /** {mount}/manage/api/v1: `/login`, `/token/verify`, `/token/refresh`, `/logout`, `/mqtt/credentials`, ... */
  readonly api: string
  /** GET with the token: a fresh `Bootstrap`. */
  readonly bootstrap: string
}

export type { ModuleName }

export interface ModulePlan {
  readonly name: ModuleName
  /** Loaded (and for `thing`, `ws`: connected) before this one. */
  readonly needs: readonly ModuleName[]
  /** It reads the token only when it is loaded: a new token needs a reload. The others are given it by apiSetToken. */
  readonly reload_with_token: boolean
  /** Parameters for platformLoadComponent that the server knows. Token, credentials and callback names are the page's. */
  readonly params: Readonly<Record<string, unknown>>
}

/** All that the bridge needs, for one session. Sent only to the holder of a valid token. */
export interface Bootstrap {
  /** Null: not configured on the server. The page says so and cannot go on inside Pilot. */
  readonly license: { readonly app_id: string; readonly app_key: string; readonly license: string } | null
  readonly workspace: { readonly id: string; readonly name: string; readonly description: string }
  readonly platform_name: string
  readonly user: { readonly id: string; readonly username: string; readonly role: Role }
  readonly session: { readonly id: string; readonly expires_at: number }
  /** `access_token` only when the server has just rotated it for this request; otherwise the page keeps its own. */
  readonly token: { readonly access_token: string | null; readonly expires_at: number }
  /** Origin plus mount plus '/': the demo demands the slash (facts C2). */
  readonly api_host: string
  /** ws:// or wss:// without a query: Pilot adds one (facts E). */
  readonly ws_host: string
  /** `request`: both are what the server read off this request; `atBase` makes them what the page knows. */
  readonly addresses_from: 'public_url' | 'request'
  /** In the order in which they are loaded; unloading runs backwards. */
  readonly modules: readonly ModulePlan[]
  /** The server's clock, in seconds: the page tells how far this controller's is off. */
  readonly server_time: number
  /** Of the server that answered: a page of another build is an old one from a cache (facts F12). */
  readonly build: string
}

/** Answer of POST mqtt/credentials. */
export interface MqttCredentials {
  readonly host: string
  readonly username: string
  readonly password: string
  readonly client_id?: string
  /** Seconds since the epoch, like every `expires_at` of this API. */
  readonly expires_at: number
}
