import type { AircraftView, GatewayView } from '../devices/records.ts'
import type { Registry } from '../devices/registry.ts'
import type { CloudEmitter } from '../events.ts'
import type { Mirror } from './mirror.ts'

/** A gateway of a node that stopped, and which of its devices did not come back at any node. */
export interface Missing {
  readonly gateway: GatewayView
  /** The gateway itself did not come back. */
  readonly isLost: boolean
  /** Its aircraft that were online then and are not now. */
  readonly aircraft: readonly AircraftView[]
}

/** Pure: which devices of a node that stopped are not online at any node now. */
export function missing(parts: {
  readonly node: string
  readonly views: readonly GatewayView[]
  readonly registry: Pick<Registry, 'get' | 'gatewayOf'>
  readonly mirror: Pick<Mirror, 'get'>
}): readonly Missing[] {
  const { node, views, registry, mirror } = parts
  const isBack = (serial: string): boolean => {
    const there = mirror.get(serial)
    if (registry.get(serial)?.online === true) return true
    return there !== null && there.node !== node && there.view.online
  }
  /** Whether an aircraft is online: with the gateway that it had then, or with another one on this node. */
  const flies = (serial: string, gateway: string): boolean => {
    const holder = registry.gatewayOf(serial) ?? gateway
    const there = mirror.get(holder)
    const view = registry.get(holder) ?? (there?.node === node ? null : there?.view)
    return view?.aircraft.find((one) => one.serial === serial)?.online === true
  }
  return views.map((gateway) => {
    const back = isBack(gateway.serial)
    // If another node has had the device since then, that node has reported what happened to it.
    const isLost = !back && mirror.get(gateway.serial)?.node === node
    const isTold = !back && !isLost
    return {
      gateway,
      isLost,
      aircraft: isTold
        ? []
        : gateway.aircraft.filter((one) => one.online && !flies(one.serial, gateway.serial)),
    }
  })
}

/** Reports these devices as offline to hosts and sockets, as after any lost connection. */
export function tellMissing(
  found: readonly Missing[],
  parts: {
    readonly mirror: Pick<Mirror, 'delete'>
    readonly emitter: Pick<CloudEmitter, 'emit'>
    /** Runs a function without sending its changes to the other nodes. */
    readonly quietly: (work: () => void) => void
    readonly at: number
  },
): void {
  const { mirror, emitter, quietly, at } = parts
  const reason = 'connection_lost'
  for (const { gateway: view, isLost, aircraft } of found) {
    const about = { workspaceId: view.workspaceId, gateway: view.serial, at }
    const tellAircraft = (): void => {
      for (const { serial, model } of aircraft)
        emitter.emit('aircraft.offline', { ...about, aircraft: serial, model, reason })
    }
    // A gateway that is back belongs to another node now. What this node knows must not replace what the other node
    // knows.
    if (!isLost) {
      quietly(tellAircraft)
      continue
    }
    mirror.delete(view.serial)
    tellAircraft()
    if (view.online) emitter.emit('gateway.offline', { ...about, reason })
  }
}
