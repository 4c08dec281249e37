import type { KeyRing } from '../access/keys.ts'
import type { SessionService } from '../access/sessions.ts'
import type { TokenCodec } from '../access/tokens.ts'
import { startBeats } from '../devices/heartbeat.ts'
import type { Devices } from '../devices/service.ts'
import { DjiCloudError } from '../errors.ts'
import type { CloudEmitter } from '../events.ts'
import { publicBase, rootOf } from '../http/addresses.ts'
import type { ParsedOptions } from '../options/schema.ts'
import type { BrokerAdapter, Clock, Logger, OutboundMessage, Session } from '../ports/index.ts'
import type { PluginContext, PluginSessions } from './context.ts'
import type { AnyPlugin, PluginParts } from './define.ts'
import { errorFactory } from './errors.ts'
import { pluginOptions } from './options.ts'
import { createPublish } from './topics.ts'

export interface ContextParts {
  readonly options: ParsedOptions
  readonly broker: Pick<BrokerAdapter, 'address'>
  readonly sessions: SessionService
  readonly tokens: Pick<TokenCodec, 'access'>
  readonly keys: Pick<KeyRing, 'derive'>
  readonly devices: Devices
  readonly emitter: CloudEmitter
  /** To the sockets of a workspace, on all nodes. */
  readonly push: PluginContext['push']
  /** The parts of a plugin that is set up. */
  readonly partsOf: (id: string) => PluginParts
  readonly publish: (message: OutboundMessage) => Promise<void>
  readonly clock: Clock
  readonly logger: Logger
  /** What the platform calls when it closes. */
  readonly onClose: (stop: () => void) => void
}

const LONGEST_MS = 24 * 86_400_000

/** Makes what each plugin is given. */
export function createContexts(parts: ContextParts) {
  const { options, broker, devices, emitter, clock } = parts
  const shown = pluginOptions(options)
  const sessions = sessionsOf(parts)

  return (plugin: AnyPlugin, apiOf: (id: string) => unknown): PluginContext => {
    const { id, dependsOn = [], errors = {}, events = {} } = plugin
    const logger = childLogger(parts.logger, id)
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
      pageRoot: (request) => rootOf(options.publicUrl, request),
      mqttAddress: (hostname) => options.mqtt.url ?? broker.address(hostname),
      plugin(other) {
        if (!dependsOn.includes(other))
          throw new TypeError(`The plugin ${id} does not name "${other}" in dependsOn.`)
        return apiOf(other)
      },
      every(everyMs, name, run) {
        // Beyond that Node's timers run at once, again and again.
        if (!Number.isInteger(everyMs) || everyMs < 1 || everyMs > LONGEST_MS)
          throw new TypeError(`context.every() needs whole milliseconds from 1 to ${LONGEST_MS} (24 days).`)
        parts.onClose(startBeats([{ everyMs, name: `${id}: ${name}`, run }], logger))
      },
    }
  }
}

/** Every line says of which plugin it is. */
export function childLogger(logger: Logger, plugin: string): Logger {
  return {
    debug: (fields, message) => logger.debug({ plugin, ...fields }, message),
    info: (fields, message) => logger.info({ plugin, ...fields }, message),
    warn: (fields, message) => logger.warn({ plugin, ...fields }, message),
    error: (fields, message) => logger.error({ plugin, ...fields }, message),
  }
}

function sessionsOf({ sessions, tokens }: ContextParts): PluginSessions {
  return {
    require: sessions.require,
    situation: sessions.situation,
    list: sessions.list,
    end: sessions.endAll,
    shorterToken(session: Session, expiresAt: number) {
      if (expiresAt > session.tokenExpiresAt)
        throw new DjiCloudError('INVALID_INPUT', {
          message: 'A shorter token cannot end after the token of its session.',
        })
      const tokenIssuedAt = Math.min(session.tokenIssuedAt, expiresAt)
      return tokens.access({ ...session, tokenIssuedAt, tokenExpiresAt: expiresAt })
    },
  }
}
