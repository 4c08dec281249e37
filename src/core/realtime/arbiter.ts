import { outranks } from '../devices/holding.ts'
import type { GatewayView } from '../devices/records.ts'
import type { Registry } from '../devices/registry.ts'
import { isSameUser } from '../devices/reservations.ts'

/** When two nodes have the same device, decides which keeps it. Both nodes decide the same without asking each other. */
export interface Arbiter {
  /**
   * Takes over the view of a gateway of another node, and gives up here what that node has now.
   * @returns the view without the aircraft that stay here; null: the gateway itself stays here
   */
  settle(view: GatewayView): GatewayView | null
}

export function createArbiter(parts: {
  readonly registry: Pick<Registry, 'get' | 'handOver' | 'gatewayOf'>
  /** Keeps what another node has told. */
  readonly keep: (view: GatewayView) => void
  /** A gateway has moved to another node: its connection here is dead. */
  readonly onMoved: (gateway: string) => void
}): Arbiter {
  const { registry, keep, onMoved } = parts

  /** Of two connections of one user the newer counts, as with MQTT itself. Of two users, the one that was first. */
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
      // In this order: code that looks for a device here must find it there as soon as it is given up.
      keep(settled)
      if (!view.online) return settled
      // Also if it was taken for an aircraft here.
      registry.handOver(view.serial)
      if (isHere) onMoved(view.serial)
      for (const { serial, online } of aircraft) if (online) registry.handOver(serial)
      return settled
    },
  }
}
