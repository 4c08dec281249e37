import type { z } from 'zod'
import type { OpenedSession, VerifiedToken } from '../access/host-sessions.ts'
import type { NamedUser, OpenSessionOptions } from '../access/opening.ts'
import type { RecheckFilter } from '../access/session-filter.ts'
import type { TokenStatus } from '../access/tokens.ts'
import type { Devices } from '../devices/service.ts'
import type { DjiCloudError } from '../errors.ts'
import type { CloudEmitter } from '../events.ts'
import type { CloudHealth } from '../health/report.ts'
import type { PublicBase } from '../http/addresses.ts'
import type { HttpRequest } from '../http/types.ts'
import type { ReadableMetrics } from '../metrics/types.ts'
import type { PluginRedis, PluginRedisSource, PluginSql, PluginSqlSource } from '../ports/connections.ts'
import type {
  Clock,
  EndReason,
  Logger,
  RateLimit,
  Role,
  Session,
  SessionFilter,
  User,
} from '../ports/index.ts'
import type { ReturnTo, SignedIn, SignInLink } from '../sign-in/source.ts'
import type { ErrorDetails, PluginErrors } from './errors.ts'
import type { EventSchemas } from './events.ts'
import type { OwnCookie } from './own-cookie.ts'
import type { PluginRateLimit } from './rate-limit.ts'
import type { RowGuard } from './route-row.ts'
import type { OnceResult, PluginStore } from './shared.ts'

/** The options as a plugin sees them: without secrets, licence and stores. */
export interface PluginOptions {
  /** In production a plugin should refuse unsafe options. */
  readonly environment: 'development' | 'production'
  /** The address that pilots type, without `/pilot`; undefined: the address of each request. */
  readonly publicUrl: string | undefined
  /** Title bar of Pilot's web view. */
  readonly platformName: string
  /** Settings of the broker. */
  readonly mqtt: {
    /** The address given to controllers; undefined: made from the host name of the page. */
    readonly url: string | undefined
  }
  /** Settings of the HTTP API. */
  readonly http: {
    /** Largest body that is read, in bytes. */
    readonly bodyLimit: number
  }
  /** The unsafe choices that the host allows. */
  readonly insecure: readonly string[]
}

/** A row of the platform or of a plugin. */
export interface RouteFacts {
  readonly method: string
  /** Below the mount, with `:name` for parameters. */
  readonly path: string
  readonly guard: RowGuard
  /** Roles that may call it; undefined: every role. */
  readonly roles: readonly Role[] | undefined
  /** Id of the plugin; null: a row of the platform. */
  readonly plugin: string | null
}

/** A value that another plugin contributes to this one. */
export interface Contribution<Value> {
  /** Id of the plugin that contributes it. */
  readonly plugin: string
  readonly value: Value
}

/** The sessions of all nodes. Every method may reject with STORE_UNAVAILABLE. */
export interface PluginSessions {
  /** The session of a valid access token. @throws DjiCloudError 401 */
  require(token: string | undefined): Promise<Session>
  /** Whether an access token is valid, expired or unknown. Never rejects because of the token itself. */
  tokenStatus(token: string | undefined): Promise<TokenStatus>
  list(filter?: SessionFilter): Promise<readonly Session[]>
  /** Ends the sessions that match, and closes their connections. @returns how many */
  end(filter: SessionFilter, reason?: EndReason): Promise<number>
  /**
   * Looks the users of these sessions up again, as a refresh does. Ends the sessions of users who are deleted, are in
   * another workspace, or have another role. A sign-in source calls it when it learns of such a change.
   * @returns how many sessions ended
   * @throws if a user could not be looked up: the first such error, after all other users were looked up
   */
  recheck(filter?: RecheckFilter): Promise<number>
  /**
   * Logs in a user whose identity the plugin has proved, and returns what a login returns. The sign-in source
   * `options.source`, or without it the option `users`, has to know the user's id. A record with another workspace or
   * role than the user has there is refused. Emits `login.succeeded` or `login.failed`.
   * @throws DjiCloudError INVALID_INPUT, USER_REFUSED, ACCOUNT_TYPE, STORE_UNAVAILABLE; with `gateway` also
   * ROLE_REQUIRED, OTHER_WORKSPACE, DEVICE_IN_USE, DEVICE_LIMIT, BROKER_UNAVAILABLE
   */
  open(user: NamedUser, options: OpenSessionOptions): Promise<OpenedSession>
  /**
   * Whether an access token is valid, and the session it belongs to. Rejects with STORE_UNAVAILABLE only, never because
   * of the token.
   */
  verify(token: string | null | undefined): Promise<VerifiedToken>
  /**
   * An access token of this session that expires earlier than the session's own token, for short-lived links.
   * @param expiresAt ms since the epoch, not after the end of the session's own token
   */
  shortLivedToken(session: Session, expiresAt: number): string
}

/** A message from a plugin to a device. */
export interface DevicePublish {
  readonly workspaceId: string
  /** Serial number of the controller, or of its aircraft. */
  readonly serial: string
  /** Such as `thing/payload/orders`. */
  readonly topic: string
  /** Is sent as JSON. */
  readonly message: object
  /** MQTT quality of service. @default 1 */
  readonly qos?: 0 | 1 | undefined
}

/** A login at a sign-in source that was refused. */
export interface FailedLogin {
  /** Id of the sign-in source. */
  readonly source: string
  /** `not_allowed`: the user may not use this platform. `sign_in`: the answer of that login was not valid. */
  readonly reason: 'not_allowed' | 'sign_in'
  /** The name of the user there. @default '' */
  readonly username?: string | undefined
  /** Remote IP address: `request.address`. */
  readonly address: string
}

/** A user of a login: `source` and `data` as `signedInUser` gave them, or `signInSource` of a session. */
export interface UserOfSource {
  /** The id that the source gave. */
  readonly id: string
  /** Id of the sign-in source; null: the option `users`. */
  readonly source: string | null
  /** Where the user is: one user may be pilot on a controller and web user in a browser. */
  readonly role: Role
  /** For `findById` of the source. */
  readonly data?: unknown
}

/** Everything that a plugin gets from the platform. */
export interface PluginContext<
  Events extends EventSchemas = EventSchemas,
  Errors extends PluginErrors = PluginErrors,
> {
  readonly id: string
  readonly clock: Clock
  /** Each line carries the plugin's id. */
  readonly logger: Logger
  readonly options: PluginOptions
  readonly sessions: PluginSessions
  /** The user of the option `users` with this id, as stored now; null: deleted or disabled. @throws DjiCloudError STORE_UNAVAILABLE */
  findUser(id: string): Promise<User | null>
  /**
   * The user of a session as the login that opened it knows the user now; null: deleted, disabled, or that login is gone. With
   * `source: null` the option `users` knows.
   * @throws DjiCloudError STORE_UNAVAILABLE
   */
  findUser(user: UserOfSource): Promise<User | null>
  /** Which devices are online, what they report, and commands to them. */
  readonly devices: Devices
  /**
   * Events of the platform. If a listener throws or rejects, the error is logged. The last events come before the
   * plugin's `close` is called.
   */
  readonly on: CloudEmitter['on']
  /** Sends one of the plugin's own events to the listeners of `cloud.on`. @throws TypeError for a name or fields that do not fit its schemas */
  emit<Name extends keyof Events & string>(name: Name, event: z.input<Events[Name]>): void
  /**
   * Sends to the WebSockets of a workspace, on every node.
   * @throws TypeError for a `biz_code` that the part `pushes` does not list
   */
  push(
    workspaceId: string,
    push: { readonly biz_code: string; readonly data: Readonly<Record<string, unknown>> },
  ): void
  /**
   * Sends to a device of this workspace, on a topic that the part `topics` lists with `publisher: 'cloud'`. Resolves when the
   * broker has the message. The device may not have received it yet.
   * @throws DjiCloudError DEVICE_UNKNOWN, BROKER_UNAVAILABLE; TypeError for another topic
   */
  publish(message: DevicePublish): Promise<void>
  /** Makes an error of the plugin's own table, for handlers to throw. */
  error(name: keyof Errors & string, details?: ErrorDetails): DjiCloudError
  /**
   * Keys of 32 bytes for one purpose of this plugin, derived from the platform's secrets: the same on every node and after a
   * restart. Newest first: sign with the first and accept all, because secrets are rotated.
   */
  deriveKeys(purpose: string): readonly Uint8Array[]
  /**
   * A cookie of this plugin. It is `HttpOnly; SameSite=Lax`, with https also `Secure` and with the prefix `__Host-`, and two platforms on
   * one host do not share it. Its value is not secret and can be forged: seal it with `createSealer(context.deriveKeys(purpose))`.
   * @param name small letters, digits and hyphens
   */
  cookie(name: string, options: { readonly maxAgeSeconds: number }): OwnCookie
  /** The address at which the client of this request reaches the platform. */
  publicBase(request: Pick<HttpRequest, 'host' | 'secure' | 'mount'>): PublicBase
  /** The language of the platform's pages for the client of this request, such as `en`: the option `pages.language`, or one that the client wants. */
  pageLanguage(request: Pick<HttpRequest, 'headers'>): string
  /** The root of links in a page: the path of `publicUrl`, or a relative path from the page. */
  pageRoot(request: Pick<HttpRequest, 'host' | 'secure' | 'mount' | 'path'>): string
  /**
   * The user that a sign-in source of the host or of a plugin (part `signIn`) knows for this browser. The first source
   * that knows the user wins; null: none does. A row that acts for such a user needs `guard: 'browser'`, because the
   * browser sends cookies with every request.
   * @throws DjiCloudError STORE_UNAVAILABLE if a source failed
   */
  signedInUser(request: HttpRequest): Promise<SignedIn | null>
  /**
   * Sign-in links for a page whose user no source knows: one link for each source.
   * @param returnTo where the login returns to, below the mount: `/phone/approve?code=x`
   * @throws TypeError if it is not a path below the mount
   */
  signInLinks(request: HttpRequest, returnTo: string): readonly SignInLink[]
  /**
   * The address that ends the login of this source in the browser; null: the source names none.
   * @param sourceId `source.id` of what `signedInUser` returned
   * @param returnTo where the browser comes back to, below the mount
   * @throws TypeError if it is not a path below the mount
   */
  signOutLink(request: HttpRequest, sourceId: string, returnTo: string): string | null
  /**
   * Refuses requests that no script on a page of this platform has sent. It checks the header `x-dji-cloud: 1`, and the origin
   * that the browser sends. A row with `guard: 'browser'` does it by itself; call it where only some requests of a row trust a cookie. `window.djiCloudPage.request` sends both. Another
   * script has to call `fetch(url, { referrerPolicy: 'same-origin', headers: { 'x-dji-cloud': '1' } })`: without the policy,
   * Chromium 70 sends `Origin: null` from a page with the referrer policy `no-referrer`, which our pages have.
   * @throws DjiCloudError CROSS_SITE
   */
  requireOwnPage(request: Pick<HttpRequest, 'headers' | 'host' | 'secure'>): void
  /**
   * Emits `login.failed` for a login that the plugin has refused, so that hosts can count guesses and notice attacks. Not for a
   * user who cancelled, and not for a service that is down.
   */
  reportFailedLogin(login: FailedLogin): void
  /**
   * Reads a return address from outside, such as a query parameter. Null if it is not an address of this platform, so that a
   * redirect cannot leave the platform.
   */
  readReturnTo(request: Pick<HttpRequest, 'host' | 'secure' | 'mount'>, value: unknown): ReturnTo | null
  /** The broker's address for a controller that reaches this server by this host name. */
  mqttAddress(hostname: string): string
  /** The `api` of a plugin that `dependsOn` lists. @throws TypeError for any other plugin */
  plugin(id: string): unknown
  /**
   * The values that other plugins contribute to this one in their part `contributes`, in the order of the option `plugins`. Call
   * it in handlers, not in `setup`: there the other plugins are not set up yet. A value that does not fit the schema is logged
   * with the id of its plugin, and left out.
   */
  contributions<Schema extends z.ZodType>(schema: Schema): readonly Contribution<z.output<Schema>>[]
  /**
   * Opens a database of the host with the time limits of the platform's own stores: `context.connectSql({ db })`.
   * `cloud.health()` shows its state, unless the plugin has its own `health`.
   * @throws DjiCloudError OPTIONS
   */
  connectSql<Db extends { withoutPlugins(): object }>(source: PluginSqlSource<Db>): PluginSql<Db>
  /** The same for Redis. A connection by `url` is closed with the platform. @throws DjiCloudError OPTIONS */
  connectRedis(source: PluginRedisSource): PluginRedis
  /**
   * Short-lived values that all nodes share, in the option `shared`. Without that option, each process has its own.
   * @param name namespace for one kind of values of this plugin
   */
  store(name: string): PluginStore
  /**
   * A limit of the plugin's own, such as 10 wrong codes of one user in 15 minutes. For a limit on all calls of a row, the row's
   * `rateLimit` is shorter. Make it once, in `setup`.
   * @throws TypeError for a wrong name or limit, or a name that the plugin has used already
   */
  rateLimit(name: string, limit: RateLimit): PluginRateLimit
  /**
   * Runs work on only one of all nodes, once in `ttlMs`: `context.every(60_000, 'report', () => context.once('report', 55_000, send))`.
   * If the work throws, another node may try it.
   * @throws what `run` throws; DjiCloudError STORE_UNAVAILABLE
   */
  once<Value>(name: string, ttlMs: number, run: () => Value | Promise<Value>): Promise<OnceResult<Value>>
  /** The plugin's own counters; their names begin with its id. `read()` gives the counters of the platform and of all plugins. */
  readonly metrics: ReadableMetrics
  /** The same as `cloud.health()`. */
  health(): CloudHealth
  /** All routes of the platform and of plugins. Do not call it in `setup`: they are not known yet. */
  routes(): readonly RouteFacts[]
  /** Calls `run` every `ms` milliseconds until the platform closes. Skips a call while the last one is still running. */
  every(ms: number, name: string, run: () => unknown): void
}
