import cluster from 'node:cluster'
import { isMainThread } from 'node:worker_threads'
import { embeddedBroker } from './adapters/brokers/embedded/index.ts'
import { connectors } from './adapters/connectors.ts'
import { memoryDevices } from './adapters/devices/memory.ts'
import { type Caller, callerOf } from './adapters/http/caller.ts'
import { createUpgrades } from './adapters/http/upgrade.ts'
import type { UpgradeServer } from './adapters/http/upgrade-gate.ts'
import { memorySessions } from './adapters/sessions/memory.ts'
import { memoryShared } from './adapters/shared/memory.ts'
import { memoryRateLimitStore } from './adapters/throttle/limiter.ts'
import { memoryUsers } from './adapters/users/memory.ts'
import type { Guard } from './core/access/guard.ts'
import type { OpenedSession, VerifiedToken } from './core/access/host-sessions.ts'
import type { NamedUser, OpenSessionOptions } from './core/access/opening.ts'
import type { RecheckFilter } from './core/access/session-filter.ts'
import type { Loose } from './core/checking/loose.ts'
import { createCore } from './core/cloud.ts'
import type { Devices } from './core/devices/service.ts'
import { DjiCloudError } from './core/errors.ts'
import type { CloudEventName, CloudListener } from './core/events.ts'
import type { CloudHealth } from './core/health/report.ts'
import type { HttpPlatform } from './core/http/types.ts'
import type { MetricReading } from './core/metrics/types.ts'
import { createLegacyAccounts } from './core/mqtt/legacy.ts'
import { hasUsers } from './core/options/login-faults.ts'
import { parseOptions } from './core/options/parse.ts'
import { limitFaultOf, siblingsOf } from './core/options/processes.ts'
import type { ParsedOptions } from './core/options/schema.ts'
import type { DjiCloudOptions } from './core/options/types.ts'
import { warnings } from './core/options/warnings.ts'
import { openRenderer } from './core/pages/open.ts'
import type { AnyPlugin, PluginApis, PluginEvents } from './core/plugins/define.ts'
import {
  type EndedSession,
  type EndReason,
  type Logger,
  type Role,
  type Session,
  type SessionFilter,
  silentLogger,
  type UserStore,
  type Workspace,
} from './core/ports/index.ts'
import { safeLogger } from './core/safe-logger.ts'
import { DEVELOPMENT_WORKSPACE, developmentUser, ephemeralSecret, readablePassword } from './development.ts'
import type { DoctorOptions, DoctorReport } from './doctor/index.ts'
import { startUpOf } from './start-up/index.ts'
import { terminalLogger } from './terminal-logger.ts'
import { withTools } from './tools.ts'
import { ownAssets } from './views/assets.ts'

/** The running platform. Framework adapters return it as a middleware function with these members. */
export interface DjiCloud<Plugins extends readonly AnyPlugin[] = readonly AnyPlugin[]> {
  /** Resolves when the broker is up. Rejects with BROKER_START. The host app may start to listen before. */
  ready(): Promise<void>
  /** Stops everything that the platform started. The host's server keeps running. May be called several times. */
  close(): Promise<void>
  /**
   * Listens to an event: `cloud.on('aircraft.online', ({ aircraft, model }) => ...)`. All names and fields are in
   * `CloudEvents` and docs/events.md. An error of a listener is logged and does not stop other listeners.
   * @returns a function that stops listening
   */
  on<Name extends CloudEventName>(name: Name, listener: CloudListener<Name>): () => void
  /** The same for the events of plugins. */
  on<Name extends keyof PluginEvents<Plugins> & string>(
    name: Name,
    listener: (event: PluginEvents<Plugins>[Name]) => unknown,
  ): () => void
  /**
   * The state at this moment, for a health check: `down` while the broker or a store cannot be reached, `degraded` while the
   * bus cannot. It makes no request, so you may call it often. docs/operations.md has a route to paste.
   */
  health(): CloudHealth
  /** Counters and gauges of the platform and its plugins on this node, as plain data. docs/operations.md shows how to export them. */
  metrics(): readonly MetricReading[]
  /**
   * Serves WebSocket and MQTT-over-WebSocket upgrades of this server, and keeps them from other listeners. You need it only if
   * an upgrade may come before the first request: with the first request the platform finds the server itself. In development it
   * also shows access link, simulator, login and MQTT address on the terminal.
   * @param server of `node:http` or `node:https`, or `http2.createSecureServer` with `allowHTTP1`
   * @param mount path that the middleware is mounted at, such as `/drones`
   */
  attach(server: UpgradeServer, mount?: string): void
  /** The broker's address that a page on `hostname` gives to a controller. */
  mqttAddress(hostname: string): string
  /** Who is logged in, on all nodes that share the store. All of it throws DjiCloudError STORE_UNAVAILABLE. */
  readonly sessions: {
    /** Active sessions by user, workspace or id; without a filter, all. They hold no token. */
    list(filter?: SessionFilter): Promise<readonly Session[]>
    /**
     * Logs a user in whom the host knows for certain, and gives what a login gives: for a login of the host's own, a kiosk, a
     * service account, a test: docs/sessions.md. The option `users` (or the sign-in source `options.source`) has to know the user's id; a record of another workspace
     * or role than it has is refused. Told as `login.succeeded` or `login.failed`, with the reason as `by`.
     * @param user the id, or a record with it
     * @throws DjiCloudError INVALID_INPUT, USER_REFUSED, ACCOUNT_TYPE, STORE_UNAVAILABLE; with `gateway` also ROLE_REQUIRED,
     * OTHER_WORKSPACE, DEVICE_IN_USE, DEVICE_LIMIT, BROKER_UNAVAILABLE
     */
    open(user: NamedUser, options: OpenSessionOptions): Promise<OpenedSession>
    /**
     * Whether an access token is valid now, and the user it belongs to. Rejects for no token, however bad. The user is
     * asked of the option `users`: if it is deleted, disabled or moved, the session ends.
     */
    verify(token: string | null | undefined): Promise<VerifiedToken>
    /**
     * The caller behind a token, with the devices of its workspace. This is the guard for everything that is not a
     * route of Express or Koa, such as the host's own WebSocket.
     * @throws DjiCloudError 401 for the token, 403 for role or workspace
     */
    require(token: string | null | undefined, demand?: CallerDemand): Promise<Caller>
    /**
     * An access token of this session that ends earlier than its own, for addresses: logs and histories keep them.
     * @param expiresAt ms since the epoch, not after the end of the session's own token
     */
    shortLivedToken(session: Session, expiresAt: number): string
    /** Ends what matches, with its live connections. @returns how many sessions */
    end(filter: SessionFilter, reason?: EndReason): Promise<number>
    /**
     * Asks `findById` again for the users of these sessions, as a refresh does, and ends the sessions of users who are gone, moved, or
     * have another role. A controller that is connected does not refresh by itself for up to 12 hours: call it when people change.
     * @param filter without one: all sessions
     * @returns how many ended
     * @throws the first error of a user that could not be looked up, after all others were looked up
     */
    recheck(filter?: RecheckFilter): Promise<number>
    /**
     * Calls the listener on every node when a session has ended: after its sockets and MQTT connections on this node are closed
     * and its devices are offline, and after the plugins. It is awaited. @returns a function that stops it
     */
    onEnd(listener: (ended: EndedSession) => unknown): () => void
  }
  /** The API of each plugin, by its id. */
  readonly plugins: PluginApis<Plugins>
  /** Which devices are online, what they report, and commands to them: docs/devices.md. */
  readonly devices: Devices
  /**
   * Checks this platform from the controller's side. Reports what would stop a pilot from connecting, each with a remedy.
   * @param options `url` defaults to the option `publicUrl` plus `/pilot`; with an account it also checks login and MQTT
   * @throws DjiCloudError OPTIONS without `url` and `publicUrl`
   */
  doctor(options?: Loose<DoctorOptions>): Promise<DoctorReport>
  /**
   * All texts of the pages in a language, by key, with those of the plugins and your own. For translators: docs/customising.md.
   * @param language such as `fr`; texts that it lacks are English
   */
  pageTexts(language: string): Readonly<Record<string, string>>
  /** The generated login; null if users are configured. Only in development. */
  readonly developmentLogin: { readonly username: string; readonly password: string } | null
}

/** What a caller has to be, besides known. */
export interface CallerDemand {
  /** Any other role is refused with 403 ROLE_REQUIRED. @default any */
  readonly role?: Role | undefined
  /** The workspace that is asked about. Any other than the caller's own is refused; so is `undefined`, if the field is there. */
  readonly workspaceId?: unknown
}

/** The parts that framework adapters use. Hosts do not see them. */
export interface CloudInternals {
  /** For the `requireAuth` of the adapters. */
  readonly guard: Guard
  /** The option `logger`. It gets only the texts of an error. */
  readonly logger: Logger
  readonly http: HttpPlatform
  /** Remembers where the host has mounted the platform. Upgrades need it, because they do not pass through the middleware. */
  learnMount(mount: string): void
}

/**
 * The platform without middleware, for code that needs no HTTP. An app calls `djiCloud` of `dji-cloud/express` or
 * `dji-cloud/koa`, which returns the same as a middleware function.
 * @throws DjiCloudError OPTIONS, naming every fault
 */
export const createDjiCloud = <const Plugins extends readonly AnyPlugin[] = []>(
  given?: DjiCloudOptions<Plugins>,
): DjiCloud<Plugins> => createPlatform(given).cloud

/** @throws DjiCloudError OPTIONS, naming every fault */
export function createPlatform<const Plugins extends readonly AnyPlugin[] = []>(
  given?: DjiCloudOptions<Plugins>,
): { readonly cloud: DjiCloud<Plugins>; readonly internals: CloudInternals } {
  const siblings = siblingsOf({ isClusterWorker: cluster.isWorker, isMainThread, env: process.env })
  const { options, legacy } = withoutStaticPasswords(parseOptions(given, process.env, siblings))
  const logger = safeLogger(loggerOf(options))
  for (const { option, fix } of warnings(options, siblings)) logger.warn({ option }, `${option} ${fix}`)
  const workspace = options.workspace ?? DEVELOPMENT_WORKSPACE
  const developmentLogin =
    options.users === undefined && hasUsers(options)
      ? { username: 'pilot', password: readablePassword() }
      : null
  const broker = options.broker ?? embeddedBroker({ logger })

  const core = createCore({
    options,
    secrets: options.secret ?? (options.keys === undefined ? [ephemeralSecret()] : []),
    users: usersOf(options, workspace, developmentLogin?.password),
    sessions: options.sessions ?? memorySessions(),
    rateLimitStore: (options.loginRateLimit || undefined)?.store ?? memoryRateLimitStore(),
    limitFault: limitFaultOf(options, siblings),
    shared: options.shared ?? memoryShared(),
    connectors,
    devices: options.devices ?? memoryDevices(),
    broker,
    renderer: (additions) => openRenderer(options, logger, additions),
    assets: ownAssets(),
    logger,
    anonymousWorkspace: workspace.id,
    plugins: withTools(options),
    legacy,
  })
  const mqttAddress = (hostname: string): string => options.mqtt.url ?? broker.address(hostname)
  const startUp = startUpOf(options, developmentLogin, { ready: core.ready, mqttAddress })

  const upgrades = createUpgrades({
    admit: core.admit,
    hub: core.hub,
    broker,
    logger,
    closing: core.closing,
    mounts: options.publicUrl === undefined ? [] : [new URL(options.publicUrl).pathname.replace(/\/+$/, '')],
  })

  const cloud: DjiCloud<Plugins> = {
    ready: core.ready,
    health: core.health,
    // At run time event names of plugins are plain strings. Their types come from the option `plugins`.
    on: core.emitter.on as DjiCloud<Plugins>['on'],
    async close() {
      startUp?.stop()
      upgrades.close()
      await core.close()
    },
    attach(server, mount = '') {
      upgrades.attach(server, mount)
      startUp?.serves(server, mount)
    },
    mqttAddress,
    metrics: core.metrics,
    sessions: {
      ...core.hostSessions,
      require: async (token, demand = {}) => {
        const identity = await core.guard(token ?? undefined, {
          role: demand.role,
          workspace: 'workspaceId' in demand ? { id: demand.workspaceId } : undefined,
        })
        return callerOf(identity, cloud.devices)
      },
      list: core.sessions.list,
      end: core.sessions.endAll,
      recheck: core.sessions.recheck,
      onEnd: core.onSessionEnded,
    },
    plugins: core.plugins as PluginApis<Plugins>,
    devices: core.devices,
    pageTexts: core.pageTexts,
    doctor: (more = {}) => examine(options.publicUrl, more),
    developmentLogin,
  }
  return { cloud, internals: { guard: core.guard, logger, http: core.http, learnMount: upgrades.learn } }
}

/** Removes static passwords from the options before many parts get them. */
function withoutStaticPasswords(parsed: ParsedOptions) {
  const { legacyAccounts } = parsed.mqtt
  const keepsPasswords = parsed.broker?.capabilities?.legacyAccounts === 'list'
  const bare = legacyAccounts.map((account) => ({ ...account, password: '' }))
  return {
    options: { ...parsed, mqtt: { ...parsed.mqtt, legacyAccounts: bare } },
    legacy: createLegacyAccounts(legacyAccounts, keepsPasswords),
  }
}

/** Loads the doctor only when it is called: most hosts never need it. */
async function examine(publicUrl: string | undefined, more: Loose<DoctorOptions>): Promise<DoctorReport> {
  const url = more.url ?? (publicUrl === undefined ? undefined : `${publicUrl.replace(/\/+$/, '')}/pilot`)
  if (url === undefined)
    throw new DjiCloudError('OPTIONS', { message: 'cloud.doctor() needs `url`, or the option `publicUrl`.' })
  const { doctor } = await import('./doctor/index.ts')
  return doctor({ ...more, url })
}

function loggerOf(options: ParsedOptions) {
  if (options.logger === false) return silentLogger
  return options.logger ?? terminalLogger()
}

function usersOf(options: ParsedOptions, workspace: Workspace, password: string | undefined): UserStore {
  const { users } = options
  if (!hasUsers(options)) return NO_USERS
  if (users === undefined || users === false)
    return memoryUsers([developmentUser(password ?? readablePassword(), workspace)])
  return Array.isArray(users)
    ? memoryUsers(users.map((user) => ({ ...user, workspace: user.workspace ?? workspace })))
    : users
}

/** Somebody else logs everybody in. */
const NO_USERS: UserStore = { authenticate: async () => null, findById: async () => null }
