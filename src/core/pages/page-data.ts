import type { Role } from '../ports/users.ts'
import type { ModuleName } from './module-table.ts'

/** The data for a page's script, written into the page as escaped JSON. Types only, also used by the browser scripts. */
export interface PageData {
  /** `plugin`: a page of a plugin's own (`DocumentPart`). */
  readonly page: 'login' | 'home' | 'fleet' | 'error' | 'plugin'
  /** The mount path as the server knows it: '' or '/drones'. Take addresses from `urls`, not from this. */
  readonly mount: string
  readonly urls: PageUrls
  readonly language: string
  /** Shown at the top of every page; '' shows nothing. */
  readonly platform_name: string
  /** The texts that scripts show. Templates get theirs as locals. */
  readonly texts: Readonly<Record<string, string>>
  /** Why the login page is shown, if known. */
  readonly reason: LoginReason | null
  /** Login page: other logins than ours; null: there are none. */
  readonly sign_in: SignInView | null
  /** Login page: what it asks for; null on every other page. */
  readonly login: LoginView | null
  /** The build of this package that made the page. */
  readonly build: string
  /** Apps on the controller that the main page can start. */
  readonly apps: readonly AppLink[]
  /** Main page: the modules of Pilot that this platform loads. */
  readonly modules: readonly ModuleName[]
  /** Present only if the request for the page had a valid token. Otherwise the script fetches it. */
  readonly bootstrap: Bootstrap | null
  /** The error that an error page shows. */
  readonly failure: {
    readonly code: number
    readonly message: string
    readonly hint: string
    /** Key of the text for the pilot. */
    readonly words: string
  } | null
  /** The values that a row of a plugin gave to the plugin's page; null on every other page. */
  readonly values: unknown
}

/** What the login page asks for. */
export interface LoginView {
  /**
   * Whether DJI Pilot 2 has asked for the page, judged by its user agent. The script of the page can check it better.
   */
  readonly in_pilot: boolean
  /** Whom to ask for help: the option `pages.help`; '' shows nothing. */
  readonly help: string
  /** More fields than name and password. */
  readonly fields: readonly LoginFieldView[]
  /** Whether some users type a code after the password. */
  readonly second_step: boolean
}

/** One more field of the login form: `fields` of the user store. */
export interface LoginFieldView {
  readonly name: string
  readonly label: string
  readonly required: boolean
  readonly max_length: number
  /** Whether the page keeps what was typed for the next login. */
  readonly remember: boolean
  /** The only values; null: any text. */
  readonly choices: readonly { readonly value: string; readonly label: string }[] | null
}

/** Logins beside the password: the option `login`, and plugins. */
export interface SignInView {
  /** The user whom one of these logins knows, for "Continue as ...". Null: no login knows a user. */
  readonly user: { readonly id: string; readonly name: string } | null
  /** What pilots call the login that knows the user. */
  readonly label: string | null
  /** Address that ends that login in this browser; null: the host names none. */
  readonly sign_out: string | null
  /** "Log in with ...": one for each. */
  readonly links: readonly { readonly id: string; readonly label: string; readonly href: string }[]
  /** Whether the page has the form for name and password as well. */
  readonly password: boolean
}

/** Another app on the controller. */
export interface AppLink {
  readonly name: string
  /** The address that opens it: `scheme://...` (facts A2). */
  readonly url: string
  /** Android package. Pilot is asked whether it is installed. Null: always show the app. */
  readonly package: string | null
}

/**
 * Why the login page is shown. Also the values of its query parameter `?reason=`. Those that begin with `sign_in_` are for a login
 * elsewhere that sends the browser back without a user.
 */
export type LoginReason =
  | 'expired'
  | 'invalid'
  | 'revoked'
  | 'spent'
  | 'signed_out'
  /** The login at the service was right, but this user may not use this platform. */
  | 'sign_in_refused'
  /** The user has cancelled the login, or the service has refused it. */
  | 'sign_in_cancelled'
  /** The login took too long, or another window has finished it. */
  | 'sign_in_expired'
  /** The service, or a store that is needed for it, does not answer. */
  | 'sign_in_unavailable'
  /** Any other failure. The log has the cause. */
  | 'sign_in_failed'

/**
 * Addresses on the page's own origin. With the option `publicUrl` they are absolute paths. Without it they are relative
 * to the page, because a proxy may remove a path prefix that the server never sees.
 */
export interface PageUrls {
  /** {mount}/pilot: the address that a pilot types. */
  readonly access: string
  readonly login: string
  readonly home: string
  /** {mount}/manage/api/v1: `/login`, `/token/verify`, `/token/refresh`, `/logout`, `/mqtt/credentials`, ... */
  readonly api: string
  /** GET with the token: a fresh `Bootstrap`. */
  readonly bootstrap: string
  /** GET with the token and `?gateway_sn=`: what the server sees of this controller and of its workspace. */
  readonly situation: string
  /** {mount}/pilot/fleet: the page for ordinary browsers. */
  readonly fleet: string
  /** GET with the token: the devices of its workspace. */
  readonly fleet_devices: string
}

export type { ModuleName }

/** One module of the plan: what it needs, and what it is loaded with. */
export interface ModulePlan {
  readonly name: ModuleName
  /** Modules that must be loaded before this one. `thing` and `ws` must also be connected. */
  readonly needs: readonly ModuleName[]
  /**
   * True: the module reads the token only when it is loaded, so a new token needs a reload. Other modules get the new
   * token by apiSetToken.
   */
  readonly reload_with_token: boolean
  /** Parameters of platformLoadComponent that the server knows. The page adds token, credentials and callback names. */
  readonly params: Readonly<Record<string, unknown>>
}

/** All data that the bridge needs for one session. Sent only to the holder of a valid token. */
export interface Bootstrap {
  /** Null if it is not configured on the server. Then the page says so and cannot continue inside Pilot. */
  readonly license: { readonly app_id: string; readonly app_key: string; readonly license: string } | null
  readonly workspace: { readonly id: string; readonly name: string; readonly description: string }
  readonly platform_name: string
  readonly user: { readonly id: string; readonly username: string; readonly role: Role }
  readonly session: { readonly id: string; readonly expires_at: number }
  /** `access_token` is set only if the server rotated it for this request. Otherwise the page keeps its own. */
  readonly token: { readonly access_token: string | null; readonly expires_at: number }
  /** Origin, mount and '/'. The demo needs the slash at the end (facts C2). */
  readonly api_host: string
  /** ws:// or wss:// without a query, because Pilot adds one (facts E). */
  readonly ws_host: string
  /** `request`: the server took both addresses from this request. `atBase` corrects them by the address of the page. */
  readonly addresses_from: 'public_url' | 'request'
  /** In the order of loading. They are unloaded in reverse order. */
  readonly modules: readonly ModulePlan[]
  /** The server's clock, in seconds since the epoch. The page compares it with the controller's clock. */
  readonly server_time: number
  /** Build of the server that answered. A page of another build is an old one from a cache (facts F12). */
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
