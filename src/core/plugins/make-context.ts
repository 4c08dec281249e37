import { hostDataOf } from '../access/host-data.ts'
import type { HostSessions } from '../access/host-sessions.ts'
import type { KeyRing } from '../access/keys.ts'
import type { SessionService } from '../access/sessions.ts'
import { startBeats } from '../beats.ts'
import type { Devices } from '../devices/service.ts'
import type { CloudEmitter } from '../events.ts'
import { createPart, observed, type Part } from '../health/vitals.ts'
import { publicBase, rootOf } from '../http/addresses.ts'
import { languageOf } from '../http/language.ts'
import { metricsOf } from '../metrics/metrics.ts'
import type { ReadableMetrics } from '../metrics/types.ts'
import type { ParsedOptions } from '../options/schema.ts'
import type { Connectors } from '../ports/connections.ts'
import type {
  BrokerAdapter,
  Clock,
  Logger,
  OutboundMessage,
  RateLimitStore,
  SharedStore,
  UserStore,
} from '../ports/index.ts'
import { reach } from '../promises.ts'
import { readReturnTo } from '../sign-in/return-to.ts'
import { requireOwnPage } from '../sign-in/same-origin.ts'
import type { SignIn } from '../sign-in/sign-in.ts'
import type { PluginContext, PluginSessions, UserOfSource } from './context.ts'
import { type Contributed, readContributions } from './contributions.ts'
import type { AnyPlugin, PluginParts } from './define.ts'
import { errorFactory } from './errors.ts'
import { pluginOptions } from './options.ts'
import { createCookie } from './own-cookie.ts'
import { pluginRateLimit } from './rate-limit.ts'
import { once, pluginStore } from './shared.ts'
import { createPublish } from './topics.ts'

export interface ContextParts {
  readonly options: ParsedOptions
  readonly broker: Pick<BrokerAdapter, 'address'>
  readonly sessions: SessionService
  readonly hostSessions: HostSessions
  readonly keys: Pick<KeyRing, 'derive'>
  readonly devices: Devices
  readonly emitter: CloudEmitter
  /** Sends to the sockets of a workspace, on all nodes. */
  readonly push: PluginContext['push']
  /** The parts of a plugin that is set up. */
  readonly partsOf: (id: string) => PluginParts
  readonly publish: (message: OutboundMessage) => Promise<void>
  readonly users: Pick<UserStore, 'findById'>
  readonly signIn: Pick<SignIn, 'signedInUser' | 'links' | 'signOutLink' | 'findUser'>
  readonly shared: SharedStore
  readonly rateLimitStore: RateLimitStore
  readonly connectors: Connectors
  /** Called when a plugin has opened a database. */
  readonly onConnection: (id: string, part: Part) => void
  /** Called when a plugin has made a limit. */
  readonly onLimit: (id: string) => void
  readonly metrics: ReadableMetrics
  /** Contributions of all plugins that are set up, in the order of the option `plugins`. */
  readonly contributed: () => readonly Contributed[]
  readonly health: PluginContext['health']
  readonly routes: PluginContext['routes']
  readonly clock: Clock
  readonly logger: Logger
  /** Registers a function that runs when the platform closes. */
  readonly onClose: (stop: () => void) => void
  /** Registers a function that is awaited after the plugins are closed. */
  readonly onClosed: (close: () => Promise<void>) => void
}

const LONGEST_MS = 24 * 86_400_000

/** Makes the context of each plugin. */
export function createContexts(parts: ContextParts) {
  const { options, broker, devices, emitter, clock } = parts
  const shown = pluginOptions(options)
  const sessions = sessionsOf(parts)

  return (plugin: AnyPlugin, apiOf: (id: string) => unknown): PluginContext => {
    const { id, dependsOn = [], errors = {}, events = {} } = plugin
    const logger = childLogger(parts.logger, id)
    const watched = <Connection extends object>(what: string, opened: Connection): Connection => {
      const part = createPart({ name: `${what} of the plugin ${id}`, clock, logger })
      parts.onConnection(id, part)
      return observed(opened, part)
    }
    const limits = new Set<string>()
    return {
      id,
      clock,
      logger,
      options: shown,
      sessions,
      devices,
      on: emitter.on,
      emit(name, event) {
        const schema = Object.hasOwn(events, name) ? events[name] : undefined
        if (schema === undefined) throw new TypeError(`The plugin ${id} has no event "${name}" in its table.`)
        emitter.emitOfPlugin(name, schema.parse(event))
      },
      push(workspaceId, push) {
        if (parts.partsOf(id).pushes?.includes(push.biz_code) !== true)
          throw new TypeError(`The plugin ${id} does not list "${push.biz_code}" in its part pushes.`)
        parts.push(workspaceId, push)
      },
      publish: createPublish({
        ...{ id, publish: parts.publish, devicesIn: devices.in },
        topics: () => parts.partsOf(id).topics ?? {},
      }),
      error: errorFactory(id, errors),
      deriveKeys: (purpose) => parts.keys.derive(`plugin/${id}/${purpose}`),
      publicBase: (request) => publicBase(options.publicUrl, request),
      pageLanguage: (request) => languageOf(options.pages, request),
      pageRoot: (request) => rootOf(options.publicUrl, request),
      signedInUser: parts.signIn.signedInUser,
      signInLinks: parts.signIn.links,
      signOutLink: parts.signIn.signOutLink,
      requireOwnPage: (request) => requireOwnPage(request, options.publicUrl),
      reportFailedLogin: ({ source, reason, username = '', address }) =>
        emitter.emit('login.failed', { at: clock.now(), address, username, reason, by: source }),
      readReturnTo: (request, value) => readReturnTo(options.publicUrl, request, value),
      mqttAddress: (hostname) => options.mqtt.url ?? broker.address(hostname),
      plugin(other) {
        if (!dependsOn.includes(other))
          throw new TypeError(`The plugin ${id} does not name "${other}" in dependsOn.`)
        return apiOf(other)
      },
      findUser: async (asked) =>
        typeof asked === 'string'
          ? reach(parts.users.findById(asked))
          : reach(parts.signIn.findUser(holderOf(asked))),
      contributions: (schema) => readContributions(parts.contributed(), id, schema, parts.logger),
      connectSql: (source) => watched('A database', parts.connectors.sql(source)),
      connectRedis(source) {
        const opened = parts.connectors.redis(source)
        parts.onClosed(opened.close)
        return watched('Redis', opened)
      },
      cookie: (name, { maxAgeSeconds }) =>
        createCookie(id, (request) => publicBase(options.publicUrl, request), name, maxAgeSeconds),
      store: (name) => pluginStore(parts.shared, id, name),
      rateLimit(name, limit) {
        // In memory, each limit has its own count. Two limits with one name would allow twice as many attempts.
        if (limits.has(name)) throw new TypeError(`The plugin ${id} makes the limit ${name} twice.`)
        limits.add(name)
        parts.onLimit(id)
        return pluginRateLimit(parts.rateLimitStore, id, name, limit)
      },
      once: (name, ttlMs, run) => once(parts.shared, id, name, ttlMs, run),
      metrics: metricsOf(parts.metrics, id),
      health: parts.health,
      routes: parts.routes,
      every(everyMs, name, run) {
        // With a longer interval Node's timer fires every millisecond.
        if (!Number.isInteger(everyMs) || everyMs < 1 || everyMs > LONGEST_MS)
          throw new TypeError(`context.every() needs whole milliseconds from 1 to ${LONGEST_MS} (24 days).`)
        parts.onClose(startBeats([{ everyMs, name: `${id}: ${name}`, run }], logger))
      },
    }
  }
}

/** The same form as in a session of this user. */
const holderOf = ({ id, source, role, data }: UserOfSource) => ({
  ...{ userId: id, role, signInSource: source },
  hostData: hostDataOf(data),
})

/** A logger that adds the plugin's id to every line. */
export function childLogger(logger: Logger, plugin: string): Logger {
  return {
    debug: (fields, message) => logger.debug({ plugin, ...fields }, message),
    info: (fields, message) => logger.info({ plugin, ...fields }, message),
    warn: (fields, message) => logger.warn({ plugin, ...fields }, message),
    error: (fields, message) => logger.error({ plugin, ...fields }, message),
  }
}

function sessionsOf({ sessions, hostSessions }: ContextParts): PluginSessions {
  return {
    require: sessions.require,
    tokenStatus: sessions.situation,
    list: sessions.list,
    end: sessions.endAll,
    recheck: sessions.recheck,
    ...hostSessions,
  }
}
