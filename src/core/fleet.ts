import { createSessionWatch } from './access/session-watch.ts'
import { startBeats } from './beats.ts'
import { createExpected } from './devices/expected.ts'
import { createForget } from './devices/forget.ts'
import { limitHoldings } from './devices/holdings.ts'
import { createLiveness } from './devices/live.ts'
import { createNicknames } from './devices/nicknames.ts'
import { createNotebook } from './devices/notebook.ts'
import { createOrders } from './devices/orders.ts'
import { createRegistry } from './devices/registry.ts'
import { createReservations } from './devices/reservations.ts'
import { createDevices } from './devices/service.ts'
import { createTelemetry, renewWhenOnline } from './devices/telemetry.ts'
import { createTenancy } from './devices/tenancy.ts'
import type { Fleet, FleetParts } from './fleet-contract.ts'
import { createFleetSignals } from './fleet-signals.ts'
import { createBrokerSide } from './mqtt/broker-side.ts'
import { createCommands } from './mqtt/commands.ts'
import { createDesk } from './mqtt/desk.ts'
import { createDeviceHandlers } from './mqtt/device-handlers.ts'
import { createGatewayProtocol } from './mqtt/gateway.ts'
import { createDisconnect, createKicks } from './mqtt/kicks.ts'
import { createLegacyClaims } from './mqtt/legacy-claims.ts'
import { createOutstanding } from './mqtt/outstanding.ts'
import { createOverdue } from './mqtt/overdue.ts'
import { createRequests } from './mqtt/requests.ts'
import { createTopicTable } from './mqtt/topic-table.ts'
import type { ParsedOptions } from './options/schema.ts'
import type { OutboundMessage } from './ports/index.ts'
import { createAnnouncer, onTopologyNews } from './realtime/announcer.ts'
import { createCoalescer } from './realtime/coalesce.ts'
import { createHub } from './realtime/hub.ts'
import { createMirror, elsewhereOf, everywhere } from './realtime/mirror.ts'
import { createNodes } from './realtime/nodes.ts'
import { closeOnSessionEnd } from './session-end.ts'

export type { Fleet } from './fleet-contract.ts'

const DAY_MS = 24 * 3_600_000

const seconds = (value: number): number => value * 1000

export function createFleet(parts: FleetParts): Fleet {
  const { options, broker, logger, clock, emitter, sessions, credentials } = parts
  const { sessionEnd, deviceReleased, sessionsInUse, lateness } = parts
  const { emit, on } = emitter
  const devices = limitHoldings(parts.devices, options.limits)
  const silenceMs = seconds(options.presence.silenceSeconds)
  const graceMs = seconds(options.presence.graceSeconds)
  const publish = (message: OutboundMessage): Promise<void> => broker.publish(message)
  const signals = createFleetSignals()
  const kicks = createKicks(broker, logger)
  const hub = createHub(clock)
  const others = options.bus === undefined ? null : createMirror(() => clock.now())

  // The devices, and which gateway may speak for which aircraft.
  const reservations = createReservations({ clock, silenceMs, signals })
  const deviceEvents = emitter.stoppable()
  const registry = createRegistry({
    ...{ devices, reservations, signals, clock, graceMs, silenceMs },
    missedSince: lateness.missedSince,
    elsewhere: elsewhereOf(others),
    emit: deviceEvents.emit,
  })
  signals.on('replaced', kicks.expel)
  const all = everywhere(registry, others)
  const notebook = createNotebook({ devices, registry, reservations, on, clock, logger })
  signals.on('reserved', notebook.writeReservation)
  signals.on('links', notebook.writeLinks)
  const nicknames = createNicknames({ devices, registry, on, logger, signals })
  const desk = createDesk({ broker, credentials, registry, logger, signals })
  signals.on('access', desk.sync)

  // The messages that gateways send, and those that they get.
  const telemetry = createTelemetry()
  renewWhenOnline(on, telemetry)
  const requestHandlers = createDeviceHandlers()
  const eventHandlers = createDeviceHandlers()
  const topics = createTopicTable()
  const requests = createRequests({ logger, handlers: requestHandlers, license: () => licenseOf(options) })
  const commands = createCommands({ publish, clock })
  on('gateway.offline', commands.gone)
  const retire = createOutstanding({ broker, identify: credentials.identify, logger })
  on('gateway.online', ({ gateway }) => void retire(gateway, registry.get(gateway)?.userId ?? ''))
  const orders = createOrders({
    commands,
    disconnect: createDisconnect({ broker, registry, desk, sessions }),
  })
  const gateways = createGatewayProtocol({
    registry: { ...registry, learn: desk.learn },
    events: eventHandlers,
    count: parts.countMessage,
    ...{ telemetry, requests, topics, commands, publish, emit, clock, logger },
  })

  // Sends it to the sockets and to the other nodes.
  const coalescer = createCoalescer({
    ...{ telemetry, hub, clock, interval: options.telemetry.intervalMs },
    lateness: lateness.now,
    modelOf: (gateway) => all.viewOf(gateway)?.model ?? null,
  })
  const push = createAnnouncer({
    ...{ hub, telemetry: coalescer, view: all.viewOf, callsigns: parts.callsigns, logger },
    record: (serial) => devices.get(serial),
  })
  onTopologyNews(on, push)
  const forgetHere = createForget({ registry, telemetry, desk, broker, deviceReleased })
  // A broker that uses the host's own port runs in this process. Any other broker sends every message to every node.
  const isShared = broker.handleUpgrade === undefined
  const nodes =
    options.bus === undefined || others === null
      ? null
      : createNodes({
          ...{ bus: options.bus, mirror: others, registry, reservations, telemetry, push, emitter },
          ...{ clock, logger, graceMs, answer: orders, signals, sessionEnd },
          missedSince: lateness.missedSince,
          onRenamed: nicknames.heard,
          onUnbound: (serial, workspaceId) =>
            void forgetHere(serial, workspaceId).catch((error: unknown) =>
              logger.warn(
                { err: error, serial },
                'The connections of an unbound device were not closed. Check the broker.',
              ),
            ),
          onPush: hub.push,
          // With a broker that all nodes share, it is the same connection.
          onMoved: (gateway) => (isShared ? undefined : kicks.close({ gateway })),
        })
  if (nodes !== null) {
    signals.on('access', nodes.changed)
    signals.on('links', nodes.changed)
    signals.on('shown', (serial) => nodes.changed(registry.gatewayOf(serial) ?? serial))
    signals.on('freed', nodes.freed)
    signals.on('renamed', nodes.renamed)
  }

  async function unbind(serial: string, workspaceId: string): Promise<boolean> {
    if (!(await devices.release(serial, workspaceId))) return false
    nodes?.unbound(serial, workspaceId)
    await forgetHere(serial, workspaceId)
    return true
  }

  // For the host.
  const tenancy = createTenancy({
    devices: { claim: notebook.claim, update: nicknames.update, holder: (serial) => devices.holder(serial) },
    ...{ unbind, clock },
  })
  const service = createDevices({ registry, telemetry, orders, requests, others, nodes, tenancy })
  const overdue = createOverdue({ list: () => service.list(), alive: sessions.alive, emit, clock })
  signals.on('issued', overdue.issued)

  // For the broker.
  const live = createLiveness({ find: service.get, reservations, clock, silenceMs })
  const side = createBrokerSide({
    ...{
      options,
      broker,
      credentials,
      sessions,
      registry,
      all,
      notebook,
      desk,
      live,
      kicks,
      nodes,
      lateness,
      isShared,
    },
    ...{ signals, topics, emitter, clock, logger, onMessage: gateways.receive },
    legacy: parts.legacy,
    anonymousWorkspace: parts.anonymousWorkspace,
    sessionStore: parts.sessionStore,
  })

  closeOnSessionEnd(sessionEnd, { registry, hub, broker, nodes })
  for (const { sessionIds } of [registry, side, hub]) sessionsInUse.add(sessionIds)
  const watch = createSessionWatch({
    ...{ sessions, sessionEnd, clock, logger, on },
    store: parts.sessionStore,
    live: sessionsInUse.ids,
  })
  const claimListed = createLegacyClaims({
    accounts: options.mqtt.legacyAccounts,
    claim: notebook.claim,
    logger,
  })
  const stopBeats = startBeats(
    [
      { name: 'silence', everyMs: 1_000, run: registry.sweep },
      { name: 'overdue credentials and topologies', everyMs: 5_000, run: overdue.sweep },
      { name: 'expired sockets', everyMs: 1_000, run: hub.sweep },
      { name: 'nodes', everyMs: 1_000, run: () => nodes?.beat() },
      { name: 'sessions that are too old', everyMs: 1_000, run: watch.expire },
      { name: 'controllers without a workspace', everyMs: 5_000, run: side.beat },
      { name: 'sessions', everyMs: 15_000, run: watch.look },
      { name: 'controllers of static accounts', everyMs: 60_000, run: claimListed },
      { name: 'last seen', everyMs: 60_000, run: notebook.touch },
      { name: 'old telemetry', everyMs: 3_600_000, run: () => telemetry.prune(clock.now() - DAY_MS) },
    ],
    logger,
  )
  const expected = createExpected({ notebook, registry, nodes, graceMs, logger })

  return {
    ...{ registry, hub, desk, live, devices: service, isAircraft: notebook.isAircraft },
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
    publish,
    async start() {
      void claimListed()
      const endReturn = await expected.begin()
      try {
        await Promise.all([broker.start(side.host), nodes?.start()])
      } finally {
        // After the start of the broker, because no controller can come back earlier.
        endReturn()
      }
    },
    async stop(started) {
      stopBeats()
      // After a restart, the next process reads from the store which devices were online.
      const isRestart = graceMs > 0 && devices.listOnline !== undefined
      // Devices that are expected back, here or at other nodes, are not reported as offline.
      if (nodes?.leave() === true || isRestart) deviceEvents.stop()
      expected.stop()
      registry.takeOffline('all', 'shutdown')
      hub.closeAll()
      coalescer.stop()
      commands.close()
      telemetry.close()
      await started.catch(() => undefined)
      await nodes?.stop().catch((error: unknown) => logger.warn({ err: error }, 'The bus was not closed.'))
      side.stop()
      await broker.stop()
      await notebook.settled()
    },
  }
}

const licenseOf = ({ license }: ParsedOptions) =>
  license === undefined
    ? null
    : { app_id: license.appId, app_key: license.appKey, app_license: license.appLicense }
