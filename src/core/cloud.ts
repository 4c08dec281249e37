import { randomBytes, randomUUID } from 'node:crypto'
import { createCallsigns } from './access/callsigns.ts'
import { createGuard, type Guard } from './access/guard.ts'
import { createHostSessions, type HostSessions } from './access/host-sessions.ts'
import { createKeyRing } from './access/keys.ts'
import { createLoginQueue, DEFAULT_QUEUE } from './access/login-queue.ts'
import { createKnownLogins, createLoginThrottle, DEFAULT_LIMITS } from './access/login-throttle.ts'
import { createMqttCredentials } from './access/mqtt-credentials.ts'
import { createSessionService, type SessionService } from './access/sessions.ts'
import { createTokenCodec } from './access/tokens.ts'
import { startBeats } from './devices/heartbeat.ts'
import type { Devices } from './devices/service.ts'
import { type CloudEmitter, createEmitter } from './events.ts'
import { createFleet } from './fleet.ts'
import { type CloudHealth, statusOf } from './health/report.ts'
import { createVitals } from './health/vitals.ts'
import { createCors } from './http/cors.ts'
import { createDispatcher } from './http/dispatch.ts'
import { createHostMqtt } from './http/gateway-credentials.ts'
import type { Assets } from './http/handlers/assets.ts'
import { errorPage } from './http/handlers/pages.ts'
import { createRowLimits } from './http/row-rate-limit.ts'
import { apiTable, PAGE_ROWS, pageTable } from './http/table.ts'
import { withTransforms } from './http/transformed.ts'
import type { HttpPlatform } from './http/types.ts'
import {
  countEvents,
  createMessageCount,
  createMetrics,
  createPushCount,
  createRequestCount,
  measureNow,
} from './metrics/metrics.ts'
import type { MetricReading } from './metrics/types.ts'
import type { LegacyAccounts } from './mqtt/legacy.ts'
import { hasUsers } from './options/login-faults.ts'
import type { ParsedOptions } from './options/schema.ts'
import type { Renderer } from './pages/render.ts'
import type { AnyPlugin, EndedSession, ReleasedDevice } from './plugins/define.ts'
import type { PageAdditions } from './plugins/pages.ts'
import { setUpPlugins } from './plugins/set-up.ts'
import type { Connectors } from './ports/connections.ts'
import {
  type BrokerAdapter,
  type DeviceStore,
  type Logger,
  type RateLimitStore,
  type Session,
  type SessionStore,
  type SharedStore,
  systemClock,
  type UserStore,
} from './ports/index.ts'
import type { Hub } from './realtime/hub.ts'
import { createSequence } from './sequence.ts'
import { hostLogin } from './sign-in/host-login.ts'
import { createSignIn } from './sign-in/sign-in.ts'

/** Everything that core needs from the outside, chosen by src/index.ts. */
export interface CloudParts {
  readonly options: ParsedOptions
  /** Newest first; the first signs. */
  readonly secrets: readonly string[]
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly rateLimitStore: RateLimitStore
  /** What plugins share among nodes. */
  readonly shared: SharedStore
  readonly connectors: Connectors
  readonly devices: DeviceStore
  readonly broker: BrokerAdapter
  /** Makes the renderer, once it is known what plugins add to the pages. */
  readonly renderer: (additions: PageAdditions) => Renderer
  readonly assets: Assets
  readonly logger: Logger
  /** Workspace of anonymous MQTT clients, where the option lets them in. */
  readonly anonymousWorkspace: string
  /** Checked: no fault in themselves. */
  readonly plugins: readonly AnyPlugin[]
  readonly legacy: LegacyAccounts
}

export interface Core {
  readonly http: HttpPlatform
  readonly hub: Hub
  readonly devices: Devices
  readonly sessions: SessionService
  readonly hostSessions: HostSessions
  readonly emitter: CloudEmitter
  /** The session of a valid token; anything else is thrown as its own 401. */
  readonly admit: (token: string | undefined) => Promise<Session>
  readonly guard: Guard
  readonly closing: () => boolean
  readonly metrics: () => readonly MetricReading[]
  /** `cloud.plugins` */
  readonly plugins: Readonly<Record<string, unknown>>
  readonly onSessionEnded: (listener: (ended: EndedSession) => unknown) => () => void
  health(): CloudHealth
  /** Resolves when the broker is up. Rejects with BROKER_START; HTTP is answered all the same. */
  ready(): Promise<void>
  /** Idempotent: stops the broker, closes sockets, leaves the host's own server alone. */
  close(): Promise<void>
}

const seconds = (value: number): number => value * 1000

export function createCore(given: CloudParts): Core {
  const { broker, logger } = given
  const clock = given.options.clock ?? systemClock
  const vitals = createVitals({ ...given, bus: given.options.bus }, { clock, logger })
  const options = vitals.bus === undefined ? given.options : { ...given.options, bus: vitals.bus }
  const parts = { ...given, ...vitals.stores }
  const { devices } = parts
  const emitter = createEmitter(logger)
  const { emit } = emitter
  const metrics = createMetrics((metric, error) =>
    logger.error({ err: error, metric }, 'a metric could not be read'),
  )
  countEvents(metrics, emitter.on)
  const keys = createKeyRing(options.keys ?? [], parts.secrets)
  const tokens = createTokenCodec(keys)
  let closing: Promise<void> | undefined

  const sessionEnd = createSequence<EndedSession>('session end', logger)
  const deviceReleased = createSequence<ReleasedDevice>('device release', logger)
  const signIn = createSignIn({
    users: parts.users,
    workspace: options.workspace,
    publicUrl: options.publicUrl,
    logger,
  })
  if (options.login !== undefined) signIn.add([hostLogin(options.login, options.platformName)])
  const sessions = createSessionService({
    store: parts.sessions,
    findUser: signIn.findUser,
    tokens,
    rules: {
      accessTtlMs: seconds(options.tokens.accessTtlSeconds),
      refreshWindowMs: seconds(options.tokens.refreshWindowSeconds),
      refreshGraceMs: seconds(options.tokens.refreshGraceSeconds),
      sessionTtlMs: seconds(options.tokens.sessionTtlSeconds),
      sessionsPerUser: options.limits.sessionsPerUser,
    },
    inUse: () => fleet.sessionIds(),
    clock,
    randomId: randomUUID,
    emit,
    onEnd: ({ id: sessionId }, reason) => sessionEnd.run({ sessionId, reason, endedHere: true }),
  })

  const credentials = createMqttCredentials({ tokens, sessions, clock })
  const callsigns = createCallsigns(sessions)
  const fleet = createFleet({
    ...{
      options,
      broker,
      logger,
      devices,
      clock,
      emitter,
      sessions,
      credentials,
      callsigns,
      sessionEnd,
      deviceReleased,
    },
    sessionStore: parts.sessions,
    countMessage: createMessageCount(metrics),
    countPush: createPushCount(metrics),
    anonymousWorkspace: parts.anonymousWorkspace,
    legacy: parts.legacy,
  })

  const knownLogins = createKnownLogins()
  const ownServices = {
    options,
    sessions,
    callsigns,
    credentials: fleet.desk,
    throttle:
      options.loginRateLimit === false
        ? null
        : createLoginThrottle(
            parts.rateLimitStore,
            { ...DEFAULT_LIMITS, ...options.loginRateLimit },
            knownLogins,
          ),
    queue:
      options.loginRateLimit === false
        ? null
        : createLoginQueue({ ...DEFAULT_QUEUE, ...options.loginRateLimit }, knownLogins, clock),
    users: parts.users,
    signIn,
    devices: fleet.store,
    fleet: fleet.devices,
    live: fleet.live,
    isAircraft: fleet.isAircraft,
    unbind: fleet.unbind,
    broker,
    clock,
    emit,
    logger,
    nonce: () => randomBytes(16).toString('base64'),
  }
  const own = apiTable(ownServices, keys)
  const mqtt = createHostMqtt(ownServices)
  const hostSessions = createHostSessions({
    ...{ sessions, tokens, clock, emit, mqtt },
    findUser: signIn.findUser,
  })
  const plugins = setUpPlugins({
    ...{ options, broker, sessions, tokens, keys, emitter, clock, logger, sessionEnd, deviceReleased },
    plugins: parts.plugins,
    hostSessions,
    users: parts.users,
    signIn,
    hasUsers: hasUsers(options),
    shared: parts.shared,
    connectors: parts.connectors,
    metrics,
    health: () => health(),
    fleet,
    ownRoutes: [...PAGE_ROWS, ...own],
  })
  const services = {
    ...ownServices,
    renderer: parts.renderer(plugins.pages),
    assets: { ...parts.assets, ...plugins.pages.assets },
    pluginTexts: plugins.pages.texts,
    pluginModules: plugins.modules,
    doctorChecks: plugins.doctorChecks,
  }
  const routes = [
    ...withTransforms([...pageTable(services), ...own], plugins.transforms, logger),
    ...plugins.routes,
  ]
  const http = createDispatcher({
    routes,
    count: createRequestCount(metrics, routes),
    requireSession: sessions.require,
    errorPage: errorPage(services),
    bodyLimit: options.http.bodyLimit,
    cors: createCors(options.http.cors),
    logger,
    limits: createRowLimits(parts.rateLimitStore),
  })

  measureNow(metrics, {
    websockets: () => fleet.hub.size,
    gateways: () => fleet.registry.countOnline(),
    connections: () => broker.health().connections ?? Number.NaN,
  })

  function health(): CloudHealth {
    const state = broker.health()
    const others = vitals.parts()
    const ofPlugins = plugins.health()
    return {
      status: closing === undefined ? statusOf(state.status, others, ofPlugins) : 'stopped',
      broker: state,
      ...others,
      websockets: fleet.hub.size,
      gateways: fleet.registry.countOnline(),
      plugins: ofPlugins,
      ...(parts.legacy.uses().length === 0 ? {} : { legacyAccounts: parts.legacy.uses() }),
    }
  }

  const stopBeat = startBeats([{ name: 'health', everyMs: 1_000, run: vitals.beat }], logger)
  const tokensReady = tokens.ready()
  tokensReady.catch((error: unknown) =>
    logger.error(
      { err: error },
      'jsonwebtoken cannot be loaded, so nobody can log in: install dji-cloud again',
    ),
  )
  const started = fleet.start().then(() => tokensReady)
  // A host that does not call ready() still gets a log line and health(), and no unhandled rejection.
  started.catch((error: unknown) => logger.error({ err: error }, 'the MQTT broker did not start'))

  async function shutDown(): Promise<void> {
    stopBeat()
    plugins.stop()
    // First, because requests that are being answered still use what is closed below.
    await http.close()
    await fleet.stop(started)
    // After the last events: a plugin that writes down what happens hears of every device that goes offline here.
    await plugins.close()
    await Promise.all([
      parts.users.close?.(),
      parts.sessions.close?.(),
      parts.rateLimitStore.close?.(),
      parts.shared.close?.(),
      devices.close?.(),
    ])
  }

  return {
    http,
    hub: fleet.hub,
    devices: fleet.devices,
    sessions,
    hostSessions,
    emitter,
    admit: sessions.require,
    guard: createGuard(sessions, logger),
    closing: () => closing !== undefined,
    metrics: metrics.read,
    plugins: plugins.apis,
    onSessionEnded: (listener) => sessionEnd.add('host', listener),
    ready: () => started,
    health,
    close() {
      closing ??= shutDown()
      return closing
    },
  }
}
