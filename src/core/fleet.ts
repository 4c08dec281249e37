import type { Callsigns } from './access/callsigns.ts'
import type { MqttCredentials } from './access/mqtt-credentials.ts'
import { throttleWrongPasswords } from './access/mqtt-throttle.ts'
import { createSessionWatch } from './access/session-watch.ts'
import type { SessionService } from './access/sessions.ts'
import { startBeats } from './devices/heartbeat.ts'
import { limitHoldings } from './devices/holdings.ts'
import { createLiveness, type Liveness } from './devices/live.ts'
import { createNicknames } from './devices/nicknames.ts'
import { createNotebook } from './devices/notebook.ts'
import { createOrders } from './devices/orders.ts'
import type { GatewayView } from './devices/records.ts'
import { createRegistry, type Registry } from './devices/registry.ts'
import { createReservations } from './devices/reservations.ts'
import { createDevices, type Devices } from './devices/service.ts'
import { createTelemetry, renewWhenOnline } from './devices/telemetry.ts'
import { createTenancy } from './devices/tenancy.ts'
import type { CloudEmitter } from './events.ts'
import { createBrokerHost } from './mqtt/broker-host.ts'
import { createCommands } from './mqtt/commands.ts'
import { type CredentialDesk, createDesk } from './mqtt/desk.ts'
import { createDeviceHandlers, type DeviceHandlers } from './mqtt/device-handlers.ts'
import { createGatewayProtocol } from './mqtt/gateway.ts'
import { type LegacyAccounts, withLegacy } from './mqtt/legacy.ts'
import { createLegacyClaims } from './mqtt/legacy-claims.ts'
import { createOverdue } from './mqtt/overdue.ts'
import { createPublisher } from './mqtt/publisher.ts'
import { createRequests } from './mqtt/requests.ts'
import { createTopicTable, type OpenTopicTable } from './mqtt/topic-table.ts'
import { createUnclaimed } from './mqtt/unclaimed.ts'
import type { ParsedOptions } from './options/schema.ts'
import type { EndedSession, ReleasedDevice } from './plugins/define.ts'
import type {
  BrokerAdapter,
  BrokerConnection,
  Clock,
  DeviceStore,
  Logger,
  OutboundMessage,
  SessionStore,
} from './ports/index.ts'
import { createAnnouncer } from './realtime/announcer.ts'
import { createCoalescer } from './realtime/coalesce.ts'
import { createHub, type Hub, type Push } from './realtime/hub.ts'
import { createNodes, type Nodes } from './realtime/nodes.ts'
import { createOwnership } from './realtime/ownership.ts'
import { onTopologyNews } from './realtime/topology.ts'
import type { Sequence } from './sequence.ts'

export interface FleetParts {
  readonly options: ParsedOptions
  readonly broker: BrokerAdapter
  readonly devices: DeviceStore
  readonly sessionStore: SessionStore
  readonly sessions: SessionService
  readonly credentials: MqttCredentials
  readonly emitter: CloudEmitter
  readonly callsigns: Callsigns
  /** What is closed when a session ends, in order. */
  readonly sessionEnd: Sequence<EndedSession>
  readonly deviceReleased: Sequence<ReleasedDevice>
  readonly clock: Clock
  readonly logger: Logger
  readonly anonymousWorkspace: string
  readonly legacy: LegacyAccounts
  /** A message of a controller is dealt with. @param kind such as `thing/osd`, or `plugin` */
  readonly countMessage: (kind: string) => void
  /** A workspace is told something, apart from telemetry. */
  readonly countPush: () => void
}

/** The half of the platform that is about controllers and aircraft, wired; cloud.ts wires the other one. */
export interface Fleet {
  readonly registry: Registry
  readonly hub: Hub
  readonly desk: CredentialDesk
  readonly devices: Devices
  readonly live: Liveness
  /** No controller until it is unbound. Rejects when the device store does. */
  readonly isAircraft: (serial: string) => Promise<boolean>
  /** Where it says `claim`, a device of an earlier time is recalled as well. */
  readonly store: Pick<DeviceStore, 'claim' | 'get' | 'list' | 'update'>
  unbind(serial: string, workspaceId: string): Promise<boolean>
  /** To the sockets of a workspace, on every node. */
  push(workspaceId: string, push: Push): void
  /** What is done for `requests` of gateways, and with `events` of devices, by method. */
  readonly requestHandlers: DeviceHandlers
  readonly eventHandlers: DeviceHandlers
  /** What devices may publish, plugins' topics included. */
  readonly topics: OpenTopicTable
  /** To a device. Rejects with BROKER_UNAVAILABLE. */
  publish(message: OutboundMessage): Promise<void>
  /** Sessions that a connection, a device or a WebSocket of this node hangs on. */
  sessionIds(): ReadonlySet<string>
  /** Resolves when broker and bus are up. */
  start(): Promise<void>
  /** @param started what `start` gave */
  stop(started: Promise<void>): Promise<void>
}

const seconds = (value: number): number => value * 1000

export function createFleet(parts: FleetParts): Fleet {
  const { options, broker, logger, clock, emitter, sessions, credentials } = parts
  const devices = limitHoldings(parts.devices, options.limits.devicesPerWorkspace)
  const { emit } = emitter
  const hub = createHub(clock)
  const silenceMs = seconds(options.presence.silenceSeconds)
  /** Makes a connection's credential worthless, and closes it. */
  const expel = ({ principal: { credentialId } }: BrokerConnection): void => {
    const closed: Promise<unknown> = broker.revoke?.({ credentialId }) ?? broker.kick({ credentialId })
    closed.catch((error: unknown) => logger.error({ err: error, credentialId }, 'kick failed'))
  }
  const reservations = createReservations({
    ...{ clock, silenceMs },
    onChange: (serial, workspaceId, userId) => notebook.writeReservation(serial, workspaceId, userId),
  })
  const registry = createRegistry({
    devices,
    reservations,
    onFreed: (serials) => nodes?.freed(serials),
    elsewhere: {
      isGateway: (serial) => (nodes?.others.get(serial) ?? null) !== null,
      holderOf: (aircraft) => nodes?.others.holderOf(aircraft) ?? null,
      linkedTo: (aircraft) => nodes?.others.linkedTo(aircraft) ?? [],
      give: (aircraft, to) => nodes?.others.move(aircraft, to),
    },
    recollect: (gateway, workspaceId) => notebook.recall(gateway, workspaceId),
    onAccess(gateway) {
      void desk.sync(gateway)
      nodes?.changed(gateway)
    },
    onLinks(gateway) {
      notebook.writeLinks(gateway)
      nodes?.changed(gateway)
    },
    onReplaced: expel,
    // What other nodes are expected to have in a moment is not told as gone.
    emit: (name, event) => void (leftToOthers || emit(name, event)),
    clock,
    graceMs: seconds(options.presence.graceSeconds),
    silenceMs,
  })
  let leftToOthers = false
  const telemetry = createTelemetry()
  renewWhenOnline(emitter.on, telemetry)
  const notebook = createNotebook({ devices, registry, reservations, on: emitter.on, clock, logger })
  const nicknames = createNicknames({
    ...{ devices, registry, on: emitter.on, logger },
    onShown(serial) {
      nodes?.changed(registry.gatewayOf(serial) ?? serial)
    },
    onChanged: (serial, nickname) => nodes?.renamed(serial, nickname),
  })
  const { sessionEnd, deviceReleased } = parts
  sessionEnd.add('devices', ({ sessionId, reason }) =>
    registry.takeOffline({ sessionId }, reason === 'logout' || reason === 'expired' ? reason : 'forced'),
  )
  // After the devices: its Pilot is told that it is offline, asks for the topologies, is answered 401 and leaves (facts C3).
  sessionEnd.add('sockets', ({ sessionId }) => hub.closeSession(sessionId))
  sessionEnd.add('credentials', ({ sessionId }) => overdue.sessionEnded(sessionId))
  // The session is over whatever the broker says; a connection that lives on is refused at its next CONNECT.
  sessionEnd.add('broker', ({ sessionId }) => broker.revoke?.({ sessionId }) ?? broker.kick({ sessionId }))
  sessionEnd.add('nodes', ({ sessionId, reason, endedHere }) => {
    if (endedHere) nodes?.sessionEnded(sessionId, reason)
  })

  /** First the sessions: a pilot that hears of its being offline asks at once, and has to be told the truth. */
  async function disconnect(gateway: string, revoke: boolean): Promise<void> {
    try {
      if (revoke) await revokeAll(gateway)
    } finally {
      registry.takeOffline({ gateway }, 'forced')
      await (revoke && broker.revoke !== undefined ? broker.revoke({ gateway }) : broker.kick({ gateway }))
    }
  }

  /** What is on it, and the session that its newest credential is of, which may be on its way here. */
  async function revokeAll(gateway: string): Promise<void> {
    const ids = new Set(registry.sessionsOf(gateway))
    const newest = desk.sessionOf(gateway)
    if (newest !== null) ids.add(newest.id)
    for (const id of ids) {
      const session = await sessions.alive(id)
      if (session !== null) await sessions.end(session, 'revoked')
    }
  }

  const overdue = createOverdue({ list: () => service.list(), emit, clock })
  const plainDesk = createDesk({ broker, credentials, registry, logger })
  const desk: CredentialDesk = {
    ...plainDesk,
    async issue(session, gateway, aircraft) {
      const issued = await plainDesk.issue(session, gateway, aircraft)
      if (issued !== null) overdue.issued(session, gateway)
      return issued
    },
  }
  const requestHandlers = createDeviceHandlers()
  const eventHandlers = createDeviceHandlers()
  const topics = createTopicTable()
  const requests = createRequests({
    logger,
    handlers: requestHandlers,
    license: () =>
      options.license === undefined
        ? null
        : {
            app_id: options.license.appId,
            app_key: options.license.appKey,
            app_license: options.license.appLicense,
          },
  })
  const commands = createCommands({ publish: (message) => broker.publish(message), clock })
  const orders = createOrders({ commands, disconnect })
  emitter.on('gateway.offline', ({ gateway }) => commands.gone(gateway))
  const gateways = createGatewayProtocol({
    registry: { ...registry, learn: desk.learn },
    telemetry,
    requests,
    events: eventHandlers,
    topics,
    count: parts.countMessage,
    commands,
    publish: (message) => broker.publish(message),
    emit,
    clock,
    logger,
  })
  const both = {
    gatewayOf: (aircraft: string) =>
      registry.gatewayOf(aircraft) ?? nodes?.others.gatewayOf(aircraft) ?? null,
    linkedTo: (aircraft: string) => [
      ...registry.linkedTo(aircraft),
      ...(nodes?.others.namedBy(aircraft) ?? []),
    ],
  }
  const live = createLiveness({ find: (serial) => service.get(serial), reservations, clock, silenceMs })
  const unclaimed =
    broker.capabilities?.credentials !== 'shared'
      ? undefined
      : createUnclaimed({
          ...{ emit, clock, logger, on: emitter.on, devices: notebook },
          sessions: () => sessions.list(),
          redeliver: (message) => (ownership?.host ?? host).received(message),
        })
  const verifyThrottled = throttleWrongPasswords({
    verify: withLegacy(parts.legacy, credentials.verify),
    isSigned: credentials.isSigned,
    clock,
  })
  const host = createBrokerHost({
    unclaimed,
    inUse: live.inUse,
    isAircraft: notebook.isAircraft,
    sendAway: ({ principal: { credentialId } }) =>
      void broker
        .kick({ credentialId })
        .catch((error: unknown) => logger.warn({ err: error, credentialId }, 'kick failed')),
    expel,
    legacy: parts.legacy,
    // Where anybody is let in, a wrong password is no guess, unless it is at a static account.
    async verifyCredential(attempt) {
      await credentials.ready()
      return options.mqtt.anonymous && !parts.legacy.has(attempt.username ?? '')
        ? credentials.verify(attempt)
        : verifyThrottled(attempt)
    },
    identify: credentials.identify,
    sessionOf: desk.sessionOf,
    reintroduce: (gateway) =>
      void broker
        .kick({ gateway })
        .catch((error: unknown) => logger.warn({ err: error, gateway }, 'kick failed')),
    isAlive: async (sessionId) => (await sessions.alive(sessionId)) !== null,
    registry: {
      ...registry,
      // A broker's hook may ask any node, also about a gateway that another one has.
      access(gateway) {
        const here = registry.access(gateway)
        return here.size > 0 ? here : (nodes?.others.access(gateway) ?? here)
      },
      silent(gateway) {
        const here = registry.silent(gateway)
        return here.size > 0 ? here : (nodes?.others.silent(gateway) ?? here)
      },
      ...both,
    },
    devices: notebook,
    sessions: parts.sessionStore,
    listen: { host: options.mqtt.host, port: options.mqtt.port },
    anonymous: options.mqtt.anonymous ? { workspaceId: parts.anonymousWorkspace } : null,
    emit,
    clock,
    logger,
    environment: options.environment,
    onMessage: gateways.receive,
    topics,
  })
  /** Whom this node has comes before what another one said. */
  function viewOf(gateway: string): GatewayView | null {
    const here = registry.get(gateway)
    return here?.online === true ? here : (nodes?.others.get(gateway)?.view ?? here)
  }
  const coalescer = createCoalescer({
    ...{ telemetry, hub, clock, interval: options.telemetry.intervalMs },
    modelOf: (gateway) => viewOf(gateway)?.model ?? null,
  })
  const push = createAnnouncer({
    ...{ hub, telemetry: coalescer, view: viewOf, callsigns: parts.callsigns, logger },
    record: (serial) => devices.get(serial),
  })
  onTopologyNews(emitter.on, push)
  const nodes: Nodes | null =
    options.bus === undefined
      ? null
      : createNodes({
          bus: options.bus,
          registry,
          reservations,
          telemetry,
          push,
          emitter,
          clock,
          logger,
          graceMs: seconds(options.presence.graceSeconds),
          answer: orders,
          onRenamed: (serial, nickname) => nicknames.heard(serial, nickname),
          onUnbound: (serial, workspaceId) =>
            void forgetHere(serial, workspaceId).catch((error: unknown) =>
              logger.warn({ err: error, serial }, 'unbound device not closed'),
            ),
          onPush: hub.push,
          onSessionEnd: (sessionId, reason) => void sessionEnd.run({ sessionId, reason, endedHere: false }),
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
          publisherOf: createPublisher(both).of,
          recall: notebook.claim,
          handOver: registry.handOver,
        })
  const sessionIds = (): ReadonlySet<string> =>
    new Set([...registry.sessionIds(), ...host.sessionIds(), ...hub.sessionIds()])
  const watch = createSessionWatch({
    ...{ sessions, clock, logger, on: emitter.on },
    store: parts.sessionStore,
    live: sessionIds,
    closeHere: (sessionId, reason) => sessionEnd.run({ sessionId, reason, endedHere: false }),
  })
  const claimListed = createLegacyClaims({
    accounts: options.mqtt.legacyAccounts,
    claim: notebook.claim,
    logger,
  })
  const tenancy = createTenancy({
    devices: { claim: notebook.claim, update: (...change) => nicknames.update(...change) },
    ...{ unbind, clock },
  })
  const service = createDevices({ registry, telemetry, orders, requests, nodes, tenancy })
  const stopBeats = startBeats(
    [
      { name: 'silence', everyMs: 1_000, run: registry.sweep },
      { name: 'what should have happened by now', everyMs: 5_000, run: overdue.sweep },
      { name: 'expired sockets', everyMs: 1_000, run: hub.sweep },
      { name: 'nodes', everyMs: 1_000, run: () => nodes?.beat() },
      { name: 'sessions that are too old', everyMs: 1_000, run: watch.expire },
      { name: 'controllers that nobody holds', everyMs: 5_000, run: () => unclaimed?.beat() },
      { name: 'sessions', everyMs: 15_000, run: watch.look },
      { name: 'controllers of static accounts', everyMs: 60_000, run: claimListed },
      { name: 'last seen', everyMs: 60_000, run: notebook.touch },
      { name: 'old telemetry', everyMs: 3_600_000, run: () => telemetry.prune(clock.now() - 24 * 3_600_000) },
    ],
    logger,
  )

  async function unbind(serial: string, workspaceId: string): Promise<boolean> {
    if (!(await devices.release(serial, workspaceId))) return false
    nodes?.unbound(serial, workspaceId)
    await forgetHere(serial, workspaceId)
    return true
  }

  async function forgetHere(serial: string, workspaceId: string): Promise<void> {
    const gateway = registry.gatewayOf(serial)
    registry.forget(serial, workspaceId)
    telemetry.forget(serial)
    await desk.sync(gateway, serial)
    await broker.kick({ gateway: serial })
    await deviceReleased.run({ serial, workspaceId })
  }

  return {
    ...{ registry, hub, desk, live, sessionIds, devices: service, isAircraft: notebook.isAircraft },
    store: {
      claim: notebook.claim,
      get: (serial) => devices.get(serial),
      list: (workspaceId) => devices.list(workspaceId),
      update: nicknames.update,
    },
    unbind,
    push(workspaceId, push) {
      parts.countPush()
      hub.push(workspaceId, push)
      nodes?.push(workspaceId, push)
    },
    requestHandlers,
    eventHandlers,
    topics,
    publish: (message) => broker.publish(message),
    async start() {
      void claimListed()
      await Promise.all([
        broker.start(ownership === null ? host : { ...host, ...ownership.host }),
        nodes?.start(),
      ])
    },
    async stop(started) {
      stopBeats()
      leftToOthers = nodes?.leave() === true
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
    },
  }
}
