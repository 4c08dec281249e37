type Awaitable<Value> = Value | Promise<Value>

/**
 * The claims of a user: from the ID token, and from the provider's userinfo endpoint. Names and values are the
 * provider's.
 */
export interface OidcClaims {
  /** Identifies the user at this provider, and never changes. */
  readonly sub: string
  readonly [claim: string]: unknown
}

/** A user, as `toUser` returns it. */
export interface OidcUser {
  /** The id in tokens and events. @default the id of the plugin, a colon and `sub`: `oidc:248289761001` */
  readonly id?: string | number | undefined
  /** The name that pilots see. */
  readonly username: string
  /** `pilot` on controllers only, `web` in browsers only. @default it depends on where the user logs in */
  readonly role?: 'pilot' | 'web' | null | undefined
  /** The workspace whose devices the user sees. @default the option `workspace` */
  readonly workspace?:
    | {
        /** A UUID: Pilot refuses anything else. */
        readonly id: string
        /** Shown on Pilot's cloud tile. */
        readonly name: string
        /** @default '' */
        readonly description?: string | undefined
      }
    | undefined
}

/** The options of `oidcLogin`. */
export interface OidcLoginOptions<Id extends string = string> {
  /**
   * Name of the plugin: in its addresses (`/oidc/callback`), in `login.succeeded` as `by`, and in the names of its environment variables. A
   * second provider needs another one. @default 'oidc'
   */
  readonly id?: Id | undefined
  /** What pilots call the provider: the page shows "Log in with <label>". @default the host name of `issuer` */
  readonly label?: string | undefined
  /** The address that identifies the provider, such as `https://login.example.com/realms/crew`. @default DJI_CLOUD_OIDC_ISSUER */
  readonly issuer?: string | undefined
  /** The name under which this platform is registered at the provider. @default DJI_CLOUD_OIDC_CLIENT_ID */
  readonly clientId?: string | undefined
  /** Its secret. Leave it out for a public client. @default DJI_CLOUD_OIDC_CLIENT_SECRET */
  readonly clientSecret?: string | undefined
  /**
   * Decides which users may log in, and as what: maps groups to role and workspace. Null refuses the user. Called at
   * each login, and each time when the provider is asked again. Throw if you cannot find out.
   */
  readonly toUser: (claims: OidcClaims) => Awaitable<OidcUser | null | undefined>
  /**
   * Must contain `openid`. With `offline_access` most providers give a refresh token, with which a user is checked
   * again. @default 'openid profile email'
   */
  readonly scope?: string | undefined
  /** The address that is registered at the provider. It has to lead to `/oidc/callback` below the mount. @default made from `publicUrl` or the request */
  readonly redirectUri?: string | undefined
  /**
   * The same for the return from a logout. It has to lead to `/oidc/signed-out`. @default made from `publicUrl` or the
   * request
   */
  readonly postLogoutRedirectUri?: string | undefined
  /** More parameters for the authorisation request, such as `{ prompt: 'select_account' }`. */
  readonly authorizationParams?: Readonly<Record<string, string>> | undefined
  /** How the secret is sent. @default 'client_secret_basic', or 'client_secret_post' if the provider knows only that */
  readonly clientAuthentication?: 'client_secret_basic' | 'client_secret_post' | undefined
  /** False: only the ID token is read, and the userinfo endpoint is not asked. @default true */
  readonly userInfo?: boolean | undefined
  /**
   * A user is checked again at least this often: by `toUser`, and at the provider if it gave a refresh token. Without one, a user who was
   * disabled there stays logged in for `maxAgeSeconds`. @default 900
   */
  readonly checkSeconds?: number | undefined
  /**
   * How long the last answer of the provider counts. After that the user has to log in again. @default 43200 (12 hours)
   */
  readonly maxAgeSeconds?: number | undefined
  /** Time limit of each request to the provider. @default 5000 */
  readonly timeoutMs?: number | undefined
  /** The largest difference between the clocks of provider and platform. @default 30 */
  readonly clockToleranceSeconds?: number | undefined
}
