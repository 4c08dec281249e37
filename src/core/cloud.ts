import { randomBytes, randomUUID } from 'node:crypto'
import { createGuard, type Guard } from './access/guard.ts'
import { createKeyRing } from './access/keys.ts'
import { createLoginThrottle, DEFAULT_LIMITS } from './access/login-throttle.ts'
import { createMqttCredentials } from './access/mqtt-credentials.ts'
import { createSessionService, type SessionService } from './access/sessions.ts'
import { createTokenCodec } from './access/tokens.ts'
import { startBeats } from './devices/heartbeat.ts'
import { createNotebook } from './devices/notebook.ts'
import { createRegistry, type Registry } from './devices/registry.ts'
import { createDevices, type Devices } from './devices/service.ts'
import { createTelemetry, renewWhenOnline } from './devices/telemetry.ts'
import { type CloudEmitter, createEmitter } from './events.ts'
import { createCors } from './http/cors.ts'
import { createDispatcher } from './http/dispatch.ts'
import type { Assets } from './http/handlers/assets.ts'
import { errorPage } from './http/handlers/pages.ts'
import { type LayerFactory, withLayers } from './http/layers.ts'
import { routeTable } from './http/table.ts'
import type { HttpPlatform } from './http/types.ts'
import { createBrokerHost } from './mqtt/broker-host.ts'
import { createCommands } from './mqtt/commands.ts'
import { createDesk } from './mqtt/desk.ts'
import { createGatewayProtocol } from './mqtt/gateway.ts'
import { createRequests } from './mqtt/requests.ts'
import type { ParsedOptions } from './options/schema.ts'
import type { Renderer } from './pages/render.ts'
import {
  type AttemptStore,
  type BrokerAdapter,
  type BrokerHealth,
  type DeviceChange,
  type DeviceStore,
  type EndReason,
  type Logger,
  type Session,
  type SessionStore,
  systemClock,
  type UserStore,
} from './ports/index.ts'
import { createCoalescer } from './realtime/coalesce.ts'
import { createHub, type Hub } from './realtime/hub.ts'
import { createNodes } from './realtime/nodes.ts'
import { createOwnership } from './realtime/ownership.ts'
import { onTopologyNews, pushTopologyNews } from './realtime/topology.ts'

/** Everything that core needs from the outside, chosen by src/index.ts. */
export interface CloudParts {
  readonly options: ParsedOptions
  /** Newest first; the first signs. */
  readonly secrets: readonly string[]
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly attempts: AttemptStore
  readonly devices: DeviceStore
  readonly broker: BrokerAdapter
  readonly renderer: Renderer
  readonly assets: Assets
  readonly logger: Logger
  /** Workspace of anonymous MQTT clients, where the option lets them in. */
  readonly anonymousWorkspace: string
  /** What stands before the pages: the simulator, the recorder. */
  readonly layers: readonly LayerFactory[]
}

export interface CloudHealth {
  /** `down` when something that pilots need is: the host app itself lives on. */
  readonly status: 'starting' | 'up' | 'down' | 'stopped'
  readonly broker: BrokerHealth
  readonly websockets: number
  readonly gateways: number
}

export interface Core {
  readonly http: HttpPlatform
  readonly hub: Hub
  readonly registry: Registry
  readonly devices: Devices
  readonly sessions: SessionService
  readonly emitter: CloudEmitter
  /** The session of a valid token; anything else is thrown as its own 401. */
  readonly admit: (token: string | undefined) => Promise<Session>
  readonly guard: Guard
  readonly closing: () => boolean
  health(): CloudHealth
  /** Resolves when the broker is up. Rejects with BROKER_START; HTTP is answered all the same. */
  ready(): Promise<void>
  /** Idempotent: stops the broker, closes sockets, leaves the host's own server alone. */
  close(): Promise<void>
}

const seconds = (value: number): number => value * 1000

export function createCore(parts: CloudParts): Core {
  const { options, broker, logger, devices } = parts
  const clock = options.clock ?? systemClock
  const emitter = createEmitter(logger)
  const { emit } = emitter
  const keys = createKeyRing(options.keys ?? [], parts.secrets)
  const tokens = createTokenCodec(keys)
  const hub = createHub(clock)
  const registry = createRegistry({
    devices,
    emit,
    clock,
    graceMs: seconds(options.presence.grace),
    silenceMs: seconds(options.presence.silence),
  })
  const telemetry = createTelemetry()
  renewWhenOnline(emitter.on, telemetry)
  const notebook = createNotebook({ devices, registry, on: emitter.on, clock, logger })
  let closing: Promise<void> | undefined

  const sessions = createSessionService({
    store: parts.sessions,
    users: parts.users,
    tokens,
    rules: {
      accessTtl: seconds(options.tokens.accessTtl),
      refreshWindow: seconds(options.tokens.refreshWindow),
      refreshGrace: seconds(options.tokens.refreshGrace),
      sessionTtl: seconds(options.tokens.sessionTtl),
    },
    clock,
    randomId: randomUUID,
    emit,
    async onEnd(session, reason) {
      nodes?.sessionEnded(session.id, reason)
      await endHere(session.id, reason)
    },
  })

  /** What hangs on a session at this node. */
  async function endHere(sessionId: string, reason: EndReason): Promise<void> {
    const target = { sessionId }
    registry.takeOffline(target, reason === 'logout' ? 'logout' : 'forced')
    hub.closeSession(sessionId)
    // The session is over whatever the broker says; a connection that lives on is refused at its next CONNECT.
    const closed: Promise<unknown> = broker.revoke?.(target) ?? broker.kick(target)
    await closed.catch((error: unknown) => logger.error({ err: error, sessionId }, 'kick failed'))
  }

  /** Sessions end elsewhere too: by their age, or on a node that cannot be heard. */
  async function endWhatIsOver(): Promise<void> {
    for (const id of new Set([...registry.sessionIds(), ...hub.sessionIds()]))
      if ((await sessions.alive(id)) === null) await endHere(id, 'expired')
  }

  async function disconnect(gateway: string, revoke: boolean): Promise<void> {
    const sessionId = registry.get(gateway)?.sessionId ?? ''
    registry.takeOffline({ gateway }, 'forced')
    const session = revoke ? await sessions.alive(sessionId) : null
    if (session !== null) await sessions.end(session, 'revoked')
    await (revoke && broker.revoke !== undefined ? broker.revoke({ gateway }) : broker.kick({ gateway }))
  }

  const credentials = createMqttCredentials({ tokens, sessions, clock })
  const desk = createDesk({ broker, credentials, registry, logger })
  const requests = createRequests({
    logger,
    license: () =>
      options.license === undefined
        ? null
        : {
            app_id: options.license.appId,
            app_key: options.license.appKey,
            app_license: options.license.license,
          },
  })
  const commands = createCommands({ publish: (message) => broker.publish(message), clock })
  emitter.on('gateway.offline', ({ gateway }) => commands.gone(gateway))
  const gateways = createGatewayProtocol({
    registry: { learn: desk.learn, seen: registry.seen, access: registry.access },
    telemetry,
    requests,
    commands,
    publish: (message) => broker.publish(message),
    emit,
    clock,
    logger,
  })
  const host = createBrokerHost({
    verifyCredential: credentials.verify,
    identify: credentials.identify,
    sessionOf: desk.sessionOf,
    reintroduce: (gateway) =>
      void broker
        .kick({ gateway })
        .catch((error: unknown) => logger.warn({ err: error, gateway }, 'kick failed')),
    registry: {
      ...registry,
      // A broker's hook may ask any node, also about a gateway that another one has.
      access(gateway) {
        const here = registry.access(gateway)
        return here.size > 0 ? here : (nodes?.others.access(gateway) ?? here)
      },
      gatewayOf: (aircraft) => registry.gatewayOf(aircraft) ?? nodes?.others.gatewayOf(aircraft) ?? null,
    },
    devices: notebook,
    sessions: parts.sessions,
    anonymous: options.mqtt.anonymous ? { workspaceId: parts.anonymousWorkspace } : null,
    emit,
    clock,
    logger,
    onMessage: gateways.receive,
  })
  onTopologyNews(emitter.on, (news) => pushTopologyNews(hub, news))
  const coalescer = createCoalescer({ telemetry, hub, clock, interval: options.telemetry.interval })
  const nodes =
    options.bus === undefined
      ? null
      : createNodes({
          bus: options.bus,
          registry,
          telemetry,
          hub,
          emitter,
          clock,
          logger,
          answer: (question) => fleet.answer(question),
          onSessionEnd: (id, reason) => void endHere(id, reason),
          onMoved: (gateway) => {
            // Of a broker that all nodes share it is the same connection.
            if (!isShared)
              broker
                .kick({ gateway })
                .catch((error: unknown) => logger.warn({ err: error, gateway }, 'kick failed'))
          },
          onMembers: () => ownership?.rebalance(),
        })
  // A broker that takes connections on the host's own port lives in this process; any other tells all nodes everything.
  const isShared = broker.handleUpgrade === undefined
  const ownership =
    nodes === null || !isShared
      ? null
      : createOwnership({
          host,
          self: nodes.id,
          others: nodes.alive,
          gatewayOf: (aircraft) => registry.gatewayOf(aircraft) ?? nodes.others.gatewayOf(aircraft),
          recall: notebook.claim,
          handOver: registry.handOver,
        })
  const fleet = createDevices({ registry, telemetry, commands, requests, nodes, disconnect })
  const stopBeats = startBeats(
    [
      { name: 'silence', everyMs: 1_000, run: registry.sweep },
      { name: 'expired sockets', everyMs: 1_000, run: hub.sweep },
      { name: 'nodes', everyMs: 1_000, run: () => nodes?.beat() },
      { name: 'sessions', everyMs: 60_000, run: endWhatIsOver },
      { name: 'last seen', everyMs: 60_000, run: notebook.touch },
      { name: 'old telemetry', everyMs: 3_600_000, run: () => telemetry.prune(clock.now() - 24 * 3_600_000) },
    ],
    logger,
  )

  async function unbind(serial: string, workspaceId: string): Promise<boolean> {
    const gateway = registry.gatewayOf(serial)
    if (!(await devices.release(serial, workspaceId))) return false
    registry.forget(serial, workspaceId)
    telemetry.forget(serial)
    await desk.sync(gateway, serial)
    await broker.kick({ gateway: serial })
    return true
  }

  const services = {
    options,
    sessions,
    credentials: desk,
    throttle:
      options.loginThrottle === false
        ? null
        : createLoginThrottle(parts.attempts, { ...DEFAULT_LIMITS, ...options.loginThrottle }),
    users: parts.users,
    devices: {
      claim: notebook.claim,
      get: (serial: string) => devices.get(serial),
      list: (workspaceId: string) => devices.list(workspaceId),
      update: (serial: string, workspaceId: string, change: DeviceChange) =>
        devices.update(serial, workspaceId, change),
    },
    fleet,
    unbind,
    broker,
    clock,
    emit,
    logger,
    renderer: parts.renderer,
    assets: parts.assets,
    nonce: () => randomBytes(16).toString('base64'),
  }
  const layers = parts.layers.map((create) => create({ options, sessions, tokens, clock, logger }))
  const dispatcher = createDispatcher({
    routes: routeTable(services, keys),
    requireSession: sessions.require,
    errorPage: errorPage(services),
    bodyLimit: options.http.bodyLimit,
    cors: createCors(options.http.cors),
    logger,
    closing: () => closing !== undefined,
  })
  const http = withLayers(dispatcher, layers)

  const started = Promise.all([
    broker.start(ownership === null ? host : { ...host, ...ownership.host }),
    nodes?.start(),
  ]).then(() => undefined)
  // Whoever does not ask for ready() still has a log line and health(), and no unhandled rejection.
  started.catch((error: unknown) => logger.error({ err: error }, 'the MQTT broker did not start'))

  async function shutDown(): Promise<void> {
    stopBeats()
    await Promise.all(layers.map((layer) => layer.close()))
    registry.takeOffline('all', 'shutdown')
    hub.closeAll()
    coalescer.stop()
    commands.close()
    telemetry.close()
    await started.catch(() => undefined)
    await nodes?.stop().catch((error: unknown) => logger.warn({ err: error }, 'bus not closed'))
    host.stop()
    await broker.stop()
    await notebook.settled()
    await Promise.all([
      parts.users.close?.(),
      parts.sessions.close?.(),
      parts.attempts.close?.(),
      devices.close?.(),
    ])
  }

  return {
    http,
    hub,
    registry,
    devices: fleet,
    sessions,
    emitter,
    admit: sessions.require,
    guard: createGuard(sessions),
    closing: () => closing !== undefined,
    ready: () => started,
    health() {
      const state = broker.health()
      return {
        status: closing === undefined ? state.status : 'stopped',
        broker: state,
        websockets: hub.size,
        gateways: registry.countOnline(),
      }
    },
    close() {
      closing ??= shutDown()
      return closing
    },
  }
}
