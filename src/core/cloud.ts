import { createCallsigns } from './access/callsigns.ts'
import { createGuard } from './access/guard.ts'
import { createHostSessions } from './access/host-sessions.ts'
import { createKeyRing } from './access/keys.ts'
import { createMqttCredentials } from './access/mqtt-credentials.ts'
import { createSessionsInUse } from './access/sessions-in-use.ts'
import { createTokenCodec } from './access/tokens.ts'
import { startBeats } from './beats.ts'
import type { CloudParts, Core } from './cloud-contract.ts'
import { createEmitter } from './emitter.ts'
import { createFleet } from './fleet.ts'
import { createLateness } from './health/lateness.ts'
import { createOverload } from './health/overload.ts'
import { type CloudHealth, statusOf } from './health/report.ts'
import { createVitals } from './health/vitals.ts'
import { createHostMqtt } from './http/gateway-credentials.ts'
import type { Services } from './http/handlers/services.ts'
import { createHttpPlatform } from './http/platform.ts'
import { apiTable, PAGE_ROWS } from './http/table.ts'
import { createLogins } from './logins.ts'
import {
  countEvents,
  createMessageCount,
  createMetrics,
  createPushCount,
  measureNow,
} from './metrics/metrics.ts'
import { hasUsers } from './options/login-faults.ts'
import { textsFor } from './pages/texts/index.ts'
import type { ReleasedDevice } from './plugins/define.ts'
import { setUpPlugins } from './plugins/set-up.ts'
import { type EndedSession, systemClock } from './ports/index.ts'
import { createSequence } from './sequence.ts'

export function createCore(given: CloudParts): Core {
  const { broker, logger } = given
  const clock = given.options.clock ?? systemClock
  const lateness = createLateness(clock)
  const overload = createOverload({ lateness, clock, logger })
  const vitals = createVitals({ ...given, bus: given.options.bus }, { clock, logger })
  const options = vitals.bus === undefined ? given.options : { ...given.options, bus: vitals.bus }
  const parts = { ...given, ...vitals.stores }
  const { devices } = parts
  const emitter = createEmitter(logger)
  const { emit } = emitter
  const metrics = createMetrics((metric, error) =>
    logger.error(
      { err: error, metric },
      'A metric was not read, because the function that measures it failed. See the error.',
    ),
  )
  countEvents(metrics, emitter.on)
  const keys = createKeyRing(options.keys ?? [], parts.secrets)
  const tokens = createTokenCodec(keys)
  let closing: Promise<void> | undefined

  const sessionEnd = createSequence<EndedSession>('The end of a session', logger)
  const deviceReleased = createSequence<ReleasedDevice>('The release of a device', logger)
  const sessionsInUse = createSessionsInUse()
  const logins = createLogins({
    ...{ options, tokens, clock, emit, logger, sessionEnd, keys },
    users: parts.users,
    sessionStore: parts.sessions,
    rateLimitStore: parts.rateLimitStore,
    inUse: sessionsInUse.ids,
  })
  const { sessions, signIn } = logins

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
      sessionsInUse,
      lateness,
    },
    sessionStore: parts.sessions,
    countMessage: createMessageCount(metrics),
    countPush: createPushCount(metrics),
    anonymousWorkspace: parts.anonymousWorkspace,
    legacy: parts.legacy,
  })

  const services: Services = {
    ...{ options, callsigns, broker, clock, emit, logger, ...logins },
    credentials: fleet.desk,
    users: parts.users,
    devices: fleet.store,
    fleet: fleet.devices,
    live: fleet.live,
    isAircraft: fleet.isAircraft,
    unbind: fleet.unbind,
  }
  const api = apiTable(services, keys)
  const hostSessions = createHostSessions({
    ...{ sessions, tokens, clock, emit },
    mqtt: createHostMqtt(services),
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
    rateLimitStore: parts.rateLimitStore,
    limitFault: parts.limitFault,
    connectors: parts.connectors,
    metrics,
    health: () => health(),
    fleet,
    ownRoutes: [...PAGE_ROWS, ...api],
  })
  const http = createHttpPlatform({
    ...{ services, api, plugins, metrics },
    renderer: parts.renderer,
    assets: parts.assets,
    rateLimitStore: parts.rateLimitStore,
  })

  measureNow(metrics, {
    websockets: () => fleet.hub.size,
    gateways: () => fleet.registry.countOnline(),
    connections: () => broker.health().connections ?? Number.NaN,
  })

  function health(): CloudHealth {
    const state = broker.health()
    const others = { ...vitals.parts(), load: overload.view() }
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

  const stopBeat = startBeats(
    [
      { name: 'health', everyMs: 1_000, run: vitals.beat },
      { name: 'overload', everyMs: 5_000, run: overload.beat },
    ],
    logger,
  )
  const tokensReady = tokens.ready()
  tokensReady.catch((error: unknown) =>
    logger.error(
      { err: error },
      'The package jsonwebtoken was not loaded, so nobody can log in. Install dji-cloud again.',
    ),
  )
  const fleetStarted = fleet.start()
  // A host that does not call ready() still gets a log line and health(), and no unhandled rejection.
  fleetStarted.catch((error: unknown) =>
    logger.error(
      { err: error },
      'The MQTT broker did not start, so no controller can connect. The error says why.',
    ),
  )
  const started = Promise.all([fleetStarted, plugins.start()]).then(() => tokensReady)
  started.catch(() => undefined)

  async function shutDown(): Promise<void> {
    stopBeat()
    lateness.stop()
    plugins.stop()
    // HTTP is closed first, because requests that are being answered still use the other parts.
    await http.close()
    await fleet.stop(fleetStarted)
    // Plugins are closed after the last events. So a plugin that records events gets every device that goes offline
    // now.
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
    pageTexts: (language) => textsFor(language, options.pages.messages, plugins.pages.texts),
    onSessionEnded: (listener) => sessionEnd.add('host', listener),
    ready: () => started,
    health,
    close() {
      closing ??= shutDown()
      return closing
    },
  }
}
