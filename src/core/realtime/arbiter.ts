import { outranks } from '../devices/holding.ts'
import type { GatewayView } from '../devices/records.ts'
import type { Registry } from '../devices/registry.ts'
import { isSameUser } from '../devices/reservations.ts'

/** Decides which node keeps a device that two nodes have. Both nodes decide the same without asking each other. */
export interface Arbiter {
  /**
   * Takes over the view of a gateway of another node. Devices that the other node has now are removed from this node.
   * @returns the view without the aircraft that stay at this node; null: the gateway itself stays at this node
   */
  settle(view: GatewayView): GatewayView | null
}

export function createArbiter(parts: {
  readonly registry: Pick<Registry, 'get' | 'handOver' | 'gatewayOf'>
  /** Keeps a view of another node. */
  readonly keep: (view: GatewayView) => void
  /** A gateway has moved to another node: its connection here is dead. */
  readonly onMoved: (gateway: string) => void
}): Arbiter {
  const { registry, keep, onMoved } = parts

  /**
   * Between two connections of one user, the newer one wins, as in MQTT itself. Between two users, the first one wins.
   */
  function staysHere(there: GatewayView): boolean {
    const here = registry.get(there.serial)
    if (here === null || !here.online || isSameUser(here.userId, there.userId)) return false
    if (here.userId === '' || there.userId === '') return false
    return here.onlineSince <= (there.onlineSince ?? 0)
  }

  function aircraftHere(serial: string) {
    const gateway = registry.gatewayOf(serial)
    const view = gateway === null ? null : registry.get(gateway)
    const aircraft = view?.aircraft.find((one) => one.serial === serial)
    return view === null || aircraft === undefined ? null : { ...aircraft, gateway: view.serial }
  }

  return {
    settle(view) {
      if (view.online && staysHere(view)) return null
      const isHere = registry.get(view.serial) !== null
      const lost = view.aircraft.filter((there) => {
        const here = aircraftHere(there.serial)
        if (here === null || !here.online || here.gateway === view.serial) return false
        return !there.online || outranks(here, { ...there, gateway: view.serial })
      })
      const aircraft = view.aircraft.filter((one) => !lost.includes(one))
      const linked = [
        ...(view.linked ?? []),
        ...lost.map(({ serial, controllerIndex }) => ({ serial, mayReport: false, controllerIndex })),
      ]
      const settled = { ...view, aircraft, linked }
      // The order matters: the device must be known at the other node before it is removed from this node.
      keep(settled)
      if (!view.online) return settled
      // This is also done if this node took the gateway for an aircraft.
      registry.handOver(view.serial)
      if (isHere) onMoved(view.serial)
      for (const { serial, online } of aircraft) if (online) registry.handOver(serial)
      return settled
    },
  }
}
