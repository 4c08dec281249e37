import type { Fleet } from '../fleet.ts'
import type { Route } from '../http/routes.ts'
import { topicOf } from '../mqtt/topic-table.ts'
import type { Fault } from '../options/faults.ts'
import type { ParsedOptions } from '../options/schema.ts'
import type { EndedSession, Logger, Role } from '../ports/index.ts'
import { OWN_PUSHES } from '../realtime/hub.ts'
import type { Sequence } from '../sequence.ts'
import type { SignIn } from '../sign-in/sign-in.ts'
import { createConnections } from './connections.ts'
import type { RouteFacts } from './context.ts'
import type { AnyPlugin, PluginParts, ReleasedDevice } from './define.ts'
import { deviceHandler } from './device-messages.ts'
import { createPluginHost, type PluginHost } from './host.ts'
import { type ContextParts, childLogger, createContexts } from './make-context.ts'
import type { DeviceMessageContext } from './rows.ts'
import { topicHandler } from './topics.ts'

export interface SetUpParts
  extends Omit<
    ContextParts,
    | 'devices'
    | 'push'
    | 'publish'
    | 'partsOf'
    | 'onClose'
    | 'onClosed'
    | 'onConnection'
    | 'onLimit'
    | 'contributed'
    | 'routes'
  > {
  readonly plugins: readonly AnyPlugin[]
  /** Makes the fault of a plugin that has limits; null: it may have them. */
  readonly limitFault: ((plugin: string) => Fault) | null
  /** At this point it has the platform's own sources only. */
  readonly signIn: SignIn
  /** False: no user logs in with a password of this platform. */
  readonly hasUsers: boolean
  readonly options: ParsedOptions
  readonly fleet: Pick<Fleet, 'devices' | 'push' | 'publish' | 'topics' | 'requestHandlers' | 'eventHandlers'>
  /** The platform's own rows, which no plugin may take. */
  readonly ownRoutes: readonly Pick<Route, 'method' | 'path' | 'except' | 'guard' | 'roles'>[]
  readonly sessionEnd: Sequence<EndedSession>
  readonly deviceReleased: Sequence<ReleasedDevice>
}

/**
 * Sets the plugins up and connects their parts to the same signals as the platform's own parts.
 * @throws DjiCloudError OPTIONS with every conflict
 */
export function setUpPlugins(parts: SetUpParts): PluginHost & { stop(): void } {
  const { plugins, fleet, options, logger } = parts
  const stops: (() => void)[] = []
  const partsOf = new Map<string, PluginParts>()
  const closes: (() => Promise<void>)[] = []
  const connections = createConnections()
  const limited = new Set<string>()
  const stop = (): void => {
    for (const one of stops) one()
  }
  const host = hostOrStop(stop, {
    plugins,
    ownRoutes: parts.ownRoutes,
    ownPushes: OWN_PUSHES,
    devicesIn: fleet.devices.in,
    own: { modules: options.modules, messages: options.pages.messages },
    ownSources: parts.signIn.sources.map(({ id }) => id),
    hasUsers: parts.hasUsers,
    production: options.environment === 'production',
    limitFault: parts.limitFault,
    limited,
    logger,
    contextOf: createContexts({
      ...parts,
      devices: fleet.devices,
      push: fleet.push,
      publish: fleet.publish,
      partsOf: (id) => partsOf.get(id) ?? {},
      onClose: (one) => void stops.push(one),
      onClosed: (one) => void closes.push(one),
      onConnection: connections.add,
      onLimit: (id) => void limited.add(id),
      contributed: () => inListOrder().map(({ id, parts: { contributes = {} } }) => ({ id, contributes })),
      routes: () => [
        ...factsOf(parts.ownRoutes, null),
        ...inListOrder().flatMap(({ id, parts: { routes = [] } }) => factsOf(routes, id)),
      ],
    }),
  })

  parts.signIn.add(host.signIn)
  for (const { id, parts: made } of host.members) {
    partsOf.set(id, made)
    if (made.onSessionEnded !== undefined)
      parts.sessionEnd.add(`plugin ${id}`, (ended) => made.onSessionEnded?.(ended))
    if (made.onDeviceReleased !== undefined)
      parts.deviceReleased.add(`plugin ${id}`, (released) => made.onDeviceReleased?.(released))
  }
  for (const { id, parts: made } of host.members) listen(childLogger(logger, id), made)

  function listen(own: Logger, { deviceRequests = {}, deviceEvents = {}, topics = {} }: PluginParts): void {
    const { in: devicesIn } = fleet.devices
    for (const [method, row] of Object.entries(deviceRequests))
      fleet.requestHandlers.add(method, deviceHandler(row, own, devicesIn, invalid('thing/requests')))
    for (const [method, row] of Object.entries(deviceEvents))
      fleet.eventHandlers.add(method, deviceHandler(row, own, devicesIn, invalid('thing/events')))
    for (const [kind, row] of Object.entries(topics)) {
      if (row.publisher === 'cloud') continue
      fleet.topics.add(kind, row.publisher, topicHandler(row, own, devicesIn, invalid(kind)))
    }
  }

  function invalid(kind: string) {
    return (
      { workspaceId, gateway, serial }: Pick<DeviceMessageContext, 'workspaceId' | 'gateway' | 'serial'>,
      reason: string,
    ): void =>
      parts.emitter.emit('message.invalid', {
        ...{ workspaceId, gateway, reason },
        topic: topicOf(kind, serial),
        at: parts.clock.now(),
      })
  }

  return {
    ...host,
    health: () => ({ ...connections.health(), ...host.health() }),
    async close() {
      await host.close()
      await Promise.all(closes.map((close) => close()))
    },
    stop,
  }

  function inListOrder() {
    return plugins.flatMap(({ id }) => {
      const made = partsOf.get(id)
      return made === undefined ? [] : [{ id, parts: made }]
    })
  }
}

const factsOf = (
  rows: readonly (Pick<Route, 'method' | 'path' | 'guard'> & {
    readonly roles?: readonly Role[] | undefined
  })[],
  plugin: string | null,
): RouteFacts[] => rows.map(({ method, path, guard, roles }) => ({ method, path, guard, roles, plugin }))

/** Stops the timers of plugins if the start fails. */
function hostOrStop(stop: () => void, parts: Parameters<typeof createPluginHost>[0]): PluginHost {
  try {
    return createPluginHost(parts)
  } catch (error) {
    stop()
    throw error
  }
}
