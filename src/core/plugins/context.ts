import type { z } from 'zod'
import type { OpenReason } from '../access/open-session.ts'
import type { TokenStatus } from '../access/situation.ts'
import type { Devices } from '../devices/service.ts'
import type { DjiCloudError } from '../errors.ts'
import type { CloudEmitter } from '../events.ts'
import type { CloudHealth } from '../health/index.ts'
import type { PublicBase } from '../http/addresses.ts'
import type { HttpRequest } from '../http/types.ts'
import type { ReadableMetrics } from '../metrics/metrics.ts'
import type { PluginRedis, PluginRedisSource, PluginSql, PluginSqlSource } from '../ports/connections.ts'
import type { Clock, EndReason, Logger, Role, Session, SessionFilter, User } from '../ports/index.ts'
import type { ReturnTo, SignedIn, SignInLink } from '../sign-in/source.ts'
import type { ErrorDetails, PluginErrors } from './errors.ts'
import type { EventSchemas } from './events.ts'
import type { OnceResult, PluginStore } from './shared.ts'

/** The options as a plugin sees them: without secrets, licence and stores. */
export interface PluginOptions {
  /** In production a plugin refuses what is unsafe. */
  readonly environment: 'development' | 'production'
  /** What pilots type, without `/pilot`; undefined: each request's own address. */
  readonly publicUrl: string | undefined
  /** Title bar of Pilot's web view. */
  readonly platformName: string
  /** Of the broker. */
  readonly mqtt: {
    /** The address given to controllers; undefined: made of the page's own. */
    readonly url: string | undefined
  }
  /** Of the HTTP API. */
  readonly http: {
    /** Largest body that is read, in bytes. */
    readonly bodyLimit: number
  }
  /** What the host calls unsafe and still wants. */
  readonly insecure: readonly string[]
}

/** A row of the platform or of a plugin. */
export interface RouteFacts {
  readonly method: string
  /** Below the mount, with `:name` for parameters. */
  readonly path: string
  readonly guard: 'public' | 'token'
  /** Undefined: every role. */
  readonly roles: readonly Role[] | undefined
  /** Null: the platform's own. */
  readonly plugin: string | null
}

/** What another plugin has brought along for this one. */
export interface Contribution<Value> {
  /** Id of the plugin that brought it. */
  readonly plugin: string
  readonly value: Value
}

/** The sessions of all nodes. Every method may reject with STORE_UNAVAILABLE. */
export interface PluginSessions {
  /** The session of a valid access token. @throws DjiCloudError 401 */
  require(token: string | undefined): Promise<Session>
  /** What an access token is worth now; rejects for no token. */
  tokenStatus(token: string | undefined): Promise<TokenStatus>
  list(filter?: SessionFilter): Promise<readonly Session[]>
  /** Ends what matches, with its live connections. @returns how many */
  end(filter: SessionFilter, reason?: EndReason): Promise<number>
  /**
   * Logs a user in whom the plugin knows for certain, and gives what a login gives. Whoever is asked at each refresh has to
   * know the user's id, or the session ends then: the sign-in source `why.source`, or the option `users`. Of what
   * `signedInUser` gave: `open({ ...user, role }, { reason, source: source.id, data })`.
   * @throws DjiCloudError INVALID_INPUT, STORE_UNAVAILABLE
   */
  open(user: User, why: OpenReason): Promise<{ readonly session: Session; readonly token: string }>
  /**
   * An access token of this session that ends earlier than its own, for links that must not live long.
   * @param expiresAt ms since the epoch, not after the end of the session's own token
   */
  shortLivedToken(session: Session, expiresAt: number): string
}

/** What a plugin sends to a device. */
export interface DevicePublish {
  readonly workspaceId: string
  /** Serial number of the controller, or of its aircraft. */
  readonly serial: string
  /** Such as `thing/payload/orders`. */
  readonly topic: string
  /** Becomes JSON. */
  readonly message: object
  /** How hard the broker tries to deliver it. @default 1 */
  readonly qos?: 0 | 1 | undefined
}

/** All that a plugin is given. It never reaches for anything else. */
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
  /** The user of the option `users` with this id, as of now; null: deleted or disabled. @throws DjiCloudError STORE_UNAVAILABLE */
  findUser(id: string): Promise<User | null>
  /** Who is there, what they report, and what to tell them. */
  readonly devices: Devices
  /** Events of the platform. A listener that throws or rejects is logged. The last ones come before `close`. */
  readonly on: CloudEmitter['on']
  /** One of its own events, to the listeners of `cloud.on`. @throws TypeError for a name or fields that its schemas do not have */
  emit<Name extends keyof Events & string>(name: Name, event: z.input<Events[Name]>): void
  /**
   * To the WebSockets of a workspace, on every node.
   * @throws TypeError for a `biz_code` that the part `pushes` does not list
   */
  push(
    workspaceId: string,
    push: { readonly biz_code: string; readonly data: Readonly<Record<string, unknown>> },
  ): void
  /**
   * To a device of this workspace, on a topic that the part `topics` has with `publisher: 'cloud'`. Resolves when the broker
   * has it, which does not say that the device has heard it.
   * @throws DjiCloudError DEVICE_UNKNOWN, BROKER_UNAVAILABLE; TypeError for another topic
   */
  publish(message: DevicePublish): Promise<void>
  /** An error of its own table, to be thrown by handlers. */
  error(name: keyof Errors & string, details?: ErrorDetails): DjiCloudError
  /**
   * Keys of 32 bytes for a purpose of its own, made of the platform's secrets: the same on every node and after a restart.
   * Newest first: sign with the first, accept all, as secrets are rotated.
   */
  deriveKeys(purpose: string): readonly Uint8Array[]
  /** Where the client of this request reaches the platform. */
  publicBase(request: Pick<HttpRequest, 'host' | 'secure' | 'mount'>): PublicBase
  /** The root of links in a page: the path of `publicUrl`, or the way from the page. */
  pageRoot(request: Pick<HttpRequest, 'host' | 'secure' | 'mount' | 'path'>): string
  /**
   * Who this browser is to the host or to a plugin with the part `signIn`, first source first; null: to none of them. A
   * route that does something for such a user needs `requireOwnPage` too, since the browser sends cookies with every
   * request.
   * @throws DjiCloudError STORE_UNAVAILABLE if a source could not tell
   */
  signedInUser(request: HttpRequest): Promise<SignedIn | null>
  /**
   * What a page offers to somebody whom no source knows: one link for each source.
   * @param returnTo where the login ends, below the mount: `/phone/approve?code=x`
   * @throws TypeError for what is no path below the mount
   */
  signInLinks(request: HttpRequest, returnTo: string): readonly SignInLink[]
  /**
   * Lets only requests pass that a script of a page of this platform has sent: with the header `x-dji-cloud: 1`, and from
   * the same origin as the browser says. For the `admit` of every row that acts on a cookie.
   * @throws DjiCloudError CROSS_SITE
   */
  requireOwnPage(request: Pick<HttpRequest, 'headers' | 'host' | 'secure'>): void
  /**
   * Reads a return address that came from outside, such as a query parameter: null for everything that is no address of
   * this platform, so that a redirect to it stays here.
   */
  readReturnTo(request: Pick<HttpRequest, 'host' | 'secure' | 'mount'>, value: unknown): ReturnTo | null
  /** The broker's address for a controller that reaches this server by that name. */
  mqttAddress(hostname: string): string
  /** What a plugin of `dependsOn` offers. @throws TypeError for any other */
  plugin(id: string): unknown
  /**
   * What other plugins bring along for this one in their part `contributes`, in the order of the option `plugins`. To be asked
   * once all are set up, so in handlers and not in `setup`. What does not fit the schema is logged with its plugin and left out.
   */
  contributions<Schema extends z.ZodType>(schema: Schema): readonly Contribution<z.output<Schema>>[]
  /**
   * Opens a database of the host with the time limits of the platform's own stores: `context.connectSql({ db })`. How it
   * is stands in `cloud.health()`, where the plugin has no `health` of its own.
   * @throws DjiCloudError OPTIONS
   */
  connectSql<Db extends { withoutPlugins(): object }>(source: PluginSqlSource<Db>): PluginSql<Db>
  /** The same for Redis. A connection by `url` is closed with the platform. @throws DjiCloudError OPTIONS */
  connectRedis(source: PluginRedisSource): PluginRedis
  /**
   * Values that all nodes share for a while, in the option `shared`. Without that option they are this process' own.
   * @param name keeps several kinds of values of one plugin apart
   */
  store(name: string): PluginStore
  /**
   * Runs work at one node of all, once in `ttlMs`: `context.every(60_000, 'report', () => context.once('report', 55_000, send))`.
   * Work that throws may be tried by another node.
   * @throws what `run` throws; DjiCloudError STORE_UNAVAILABLE
   */
  once<Value>(name: string, ttlMs: number, run: () => Value | Promise<Value>): Promise<OnceResult<Value>>
  /** Counters of its own, whose names begin with its id; `read()` gives those of the platform and of all plugins. */
  readonly metrics: ReadableMetrics
  /** What `cloud.health()` says. */
  health(): CloudHealth
  /** All rows of the platform and of plugins. Not in `setup`: they are not known there. */
  routes(): readonly RouteFacts[]
  /** Calls `run` regularly until the platform closes. One that is still running is not called again. */
  every(ms: number, name: string, run: () => unknown): void
}
