import type { Fleet } from '../fleet.ts'
import type { Route } from '../http/routes.ts'
import { productTopic } from '../mqtt/topics.ts'
import type { ParsedOptions } from '../options/schema.ts'
import { OWN_PUSHES } from '../realtime/hub.ts'
import type { Sequence } from '../sequence.ts'
import type { AnyPlugin, EndedSession, ReleasedDevice } from './define.ts'
import { deviceHandler } from './device-messages.ts'
import { createPluginHost, type PluginHost } from './host.ts'
import { type ContextParts, createContexts } from './make-context.ts'
import type { DeviceMessageContext } from './rows.ts'

export interface SetUpParts extends Omit<ContextParts, 'devices' | 'push' | 'pushesOf' | 'onClose'> {
  readonly plugins: readonly AnyPlugin[]
  readonly options: ParsedOptions
  readonly fleet: Pick<Fleet, 'devices' | 'push' | 'requestHandlers' | 'eventHandlers'>
  /** The platform's own rows, which no plugin may take. */
  readonly ownRoutes: readonly Pick<Route, 'method' | 'path' | 'except'>[]
  readonly sessionEnd: Sequence<EndedSession>
  readonly deviceReleased: Sequence<ReleasedDevice>
}

/**
 * Sets the plugins up and lets their parts subscribe where the platform's own do.
 * @throws DjiCloudError OPTIONS with every conflict
 */
export function setUpPlugins(parts: SetUpParts): PluginHost & { stop(): void } {
  const { plugins, fleet, options, logger } = parts
  const stops: (() => void)[] = []
  const pushes = new Map<string, readonly string[]>()
  const stop = (): void => {
    for (const one of stops) one()
  }
  const host = hostOrStop(stop, {
    plugins,
    ownRoutes: parts.ownRoutes,
    ownPushes: OWN_PUSHES,
    devicesIn: fleet.devices.in,
    production: options.environment === 'production',
    logger,
    contextOf: createContexts({
      ...parts,
      devices: fleet.devices,
      push: fleet.push,
      pushesOf: (id) => pushes.get(id) ?? [],
      onClose: (one) => void stops.push(one),
    }),
  })

  for (const { id, parts: made } of host.members) {
    pushes.set(id, made.pushes ?? [])
    if (made.onSessionEnded !== undefined)
      parts.sessionEnd.add(`plugin ${id}`, (ended) => made.onSessionEnded?.(ended))
    if (made.onDeviceReleased !== undefined)
      parts.deviceReleased.add(`plugin ${id}`, (released) => made.onDeviceReleased?.(released))
  }
  for (const [method, row] of host.deviceRows.requests)
    fleet.requestHandlers.add(method, deviceHandler(row, logger, fleet.devices.in, invalid('requests')))
  for (const [method, row] of host.deviceRows.events)
    fleet.eventHandlers.add(method, deviceHandler(row, logger, fleet.devices.in, invalid('events')))

  function invalid(suffix: string) {
    return ({ workspaceId, gateway, serial }: DeviceMessageContext, reason: string): void =>
      parts.emitter.emit('message.invalid', {
        ...{ workspaceId, gateway, reason },
        topic: productTopic('thing', serial, suffix),
        at: parts.clock.now(),
      })
  }

  return {
    ...host,
    stop,
  }
}

/** What runs regularly for a plugin must not outlive a start that failed. */
function hostOrStop(stop: () => void, parts: Parameters<typeof createPluginHost>[0]): PluginHost {
  try {
    return createPluginHost(parts)
  } catch (error) {
    stop()
    throw error
  }
}
