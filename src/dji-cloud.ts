import cluster from 'node:cluster'
import { isMainThread } from 'node:worker_threads'
import { embeddedBroker } from './adapters/brokers/embedded/index.ts'
import { connectors } from './adapters/connectors.ts'
import { memoryDevices } from './adapters/devices/memory.ts'
import { createUpgrades } from './adapters/http/upgrade.ts'
import type { UpgradeServer } from './adapters/http/upgrade-gate.ts'
import { memorySessions } from './adapters/sessions/memory.ts'
import { memoryShared } from './adapters/shared/memory.ts'
import { memoryRateLimitStore } from './adapters/throttle/limiter.ts'
import { memoryUsers } from './adapters/users/memory.ts'
import type { Guard } from './core/access/guard.ts'
import { type OpenReason, openSession } from './core/access/open-session.ts'
import type { Loose } from './core/checking/loose.ts'
import { createCore } from './core/cloud.ts'
import type { Devices } from './core/devices/service.ts'
import { DjiCloudError } from './core/errors.ts'
import type { CloudEventName, CloudListener } from './core/events.ts'
import type { CloudHealth } from './core/health/index.ts'
import type { HttpPlatform } from './core/http/types.ts'
import type { MetricReading } from './core/metrics/metrics.ts'
import { createLegacyAccounts } from './core/mqtt/legacy.ts'
import { parseOptions } from './core/options/parse.ts'
import { siblingsOf } from './core/options/processes.ts'
import type { ParsedOptions } from './core/options/schema.ts'
import type { DjiCloudOptions } from './core/options/types.ts'
import { warnings } from './core/options/warnings.ts'
import { openRenderer } from './core/pages/open.ts'
import type { AnyPlugin, EndedSession, PluginApis, PluginEvents } from './core/plugins/define.ts'
import {
  type EndReason,
  type Logger,
  type Session,
  type SessionFilter,
  silentLogger,
  type User,
  type UserStore,
  type Workspace,
} from './core/ports/index.ts'
import { safeLogger } from './core/safe-logger.ts'
import { DEVELOPMENT_WORKSPACE, developmentUser, ephemeralSecret, readablePassword } from './development.ts'
import type { DoctorOptions, DoctorReport } from './doctor/index.ts'
import { terminalLogger } from './terminal-logger.ts'
import { withTools } from './tools.ts'
import { ASSETS } from './views/embedded.gen.ts'

/** The running platform. Framework adapters hand it out with their middleware's signature on top. */
export interface DjiCloud<Plugins extends readonly AnyPlugin[] = readonly AnyPlugin[]> {
  /** Resolves when the broker is up. Rejects with BROKER_START. The host app may listen before. */
  ready(): Promise<void>
  /** Stops what the platform started; the host's server stays. Idempotent. */
  close(): Promise<void>
  /**
   * Listens to what happens: `cloud.on('aircraft.online', ({ aircraft, model }) => ...)`. Every name and its fields:
   * `CloudEvents`, docs/events.md. A listener that throws or rejects is logged and harms nobody else.
   * @returns how to stop listening
   */
  on<Name extends CloudEventName>(name: Name, listener: CloudListener<Name>): () => void
  /** The same for the events of plugins. */
  on<Name extends keyof PluginEvents<Plugins> & string>(
    name: Name,
    listener: (event: PluginEvents<Plugins>[Name]) => unknown,
  ): () => void
  /**
   * How it is at this moment, for a health check: `down` while the broker or a store cannot be reached, `degraded` while the
   * bus cannot. Asks nobody, so it may be called as often as one likes; docs/operations.md has a route to paste.
   */
  health(): CloudHealth
  /** Counters and gauges of the platform and its plugins at this node, in no monitoring system's format: docs/operations.md. */
  metrics(): readonly MetricReading[]
  /**
   * Serves WebSocket and MQTT-over-WebSocket upgrades of this server, and keeps them from every other listener. Needed
   * only when upgrades may come before the first request, which otherwise shows the server.
   * @param server of `node:http` or `node:https`, or `http2.createSecureServer` with `allowHTTP1`
   * @param mount path that the middleware is mounted at, such as `/drones`
   */
  attach(server: UpgradeServer, mount?: string): void
  /** Address of the broker as a controller would be given it by a page on `hostname`. */
  mqttAddress(hostname: string): string
  /** Who is logged in, on all nodes that share the store. Both throw DjiCloudError STORE_UNAVAILABLE. */
  readonly sessions: {
    /** By user, workspace or id; without a filter, all that stand. Holds no token. */
    list(filter?: SessionFilter): Promise<readonly Session[]>
    /**
     * Logs a user in whom the host knows for certain, and gives what a login gives: for a login of the host's own, a kiosk, a
     * service account, a test. The option `users` (or the sign-in source `why.source`) has to know the user's id by the
     * first refresh, or the session ends then.
     * @throws DjiCloudError INVALID_INPUT, STORE_UNAVAILABLE
     */
    open(user: User, why: OpenReason): Promise<{ readonly session: Session; readonly token: string }>
    /** Ends what matches, with its live connections. @returns how many sessions */
    end(filter: SessionFilter, reason?: EndReason): Promise<number>
    /**
     * Called at every node when a session has ended, after its sockets, devices and MQTT connections here; awaited, after
     * plugins. @returns how to stop
     */
    onEnd(listener: (ended: EndedSession) => unknown): () => void
  }
  /** What each of the option `plugins` offers, by its id. */
  readonly plugins: PluginApis<Plugins>
  /** Who is flying, what they report, and what to tell them: docs/devices.md. */
  readonly devices: Devices
  /**
   * Looks at this platform from the controller's side and says what would keep a pilot out, each with a remedy.
   * @param options `url` defaults to the option `publicUrl` plus `/pilot`; with an account it goes all the way
   * @throws DjiCloudError OPTIONS without either address
   */
  doctor(options?: Loose<DoctorOptions>): Promise<DoctorReport>
  /** The made-up login; null when users are configured. Only in development. */
  readonly developmentLogin: { readonly username: string; readonly password: string } | null
}

/** What framework adapters are made of. A host holds none of it. */
export interface CloudInternals {
  /** Their `requireAuth` is made of it. */
  readonly guard: Guard
  /** The option `logger`, given no more of an error than its words. */
  readonly logger: Logger
  readonly http: HttpPlatform
  /** Where the host has mounted the platform, for upgrades, which pass by the middleware. */
  learnMount(mount: string): void
}

/**
 * The platform without middleware, for what needs no HTTP. An app takes `djiCloud` of `dji-cloud/express` or
 * `dji-cloud/koa`, which returns the same with the middleware's signature on top.
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
    options.users === undefined ? { username: 'pilot', password: readablePassword() } : null
  const broker = options.broker ?? embeddedBroker({ logger })

  const core = createCore({
    options,
    secrets: options.secret ?? (options.keys === undefined ? [ephemeralSecret()] : []),
    users: usersOf(options, workspace, developmentLogin?.password),
    sessions: options.sessions ?? memorySessions(),
    rateLimitStore: (options.loginRateLimit || undefined)?.store ?? memoryRateLimitStore(),
    shared: options.shared ?? memoryShared(),
    connectors,
    devices: options.devices ?? memoryDevices(),
    broker,
    renderer: (additions) => openRenderer(options, logger, additions),
    assets: ASSETS,
    logger,
    anonymousWorkspace: workspace.id,
    plugins: withTools(options),
    legacy,
  })
  if (developmentLogin !== null) {
    console.info(
      `dji-cloud: no users configured; log in as "${developmentLogin.username}" with the password ${developmentLogin.password}`,
    )
  }

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
    // Names of plugins are strings like all others: their types are put together from the option.
    on: core.emitter.on as DjiCloud<Plugins>['on'],
    async close() {
      upgrades.close()
      await core.close()
    },
    attach: upgrades.attach,
    mqttAddress: (hostname) => options.mqtt.url ?? broker.address(hostname),
    metrics: core.metrics,
    sessions: {
      open: openSession(core.sessions),
      list: core.sessions.list,
      end: core.sessions.endAll,
      onEnd: core.onSessionEnded,
    },
    plugins: core.plugins as PluginApis<Plugins>,
    devices: core.devices,
    doctor: (more = {}) => examine(options.publicUrl, more),
    developmentLogin,
  }
  return { cloud, internals: { guard: core.guard, logger, http: core.http, learnMount: upgrades.learn } }
}

/** Many parts are given the options; static passwords go no further than here. */
function withoutStaticPasswords(parsed: ParsedOptions) {
  const { legacyAccounts } = parsed.mqtt
  const keepsPasswords = parsed.broker?.capabilities?.legacyAccounts === 'list'
  const bare = legacyAccounts.map((account) => ({ ...account, password: '' }))
  return {
    options: { ...parsed, mqtt: { ...parsed.mqtt, legacyAccounts: bare } },
    legacy: createLegacyAccounts(legacyAccounts, keepsPasswords),
  }
}

/** Loaded when asked for: a host that is well needs none of it. */
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
  if (users === undefined) return memoryUsers([developmentUser(password ?? readablePassword(), workspace)])
  return Array.isArray(users)
    ? memoryUsers(users.map((user) => ({ ...user, workspace: user.workspace ?? workspace })))
    : users
}
