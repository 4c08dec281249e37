import { isSameUser, outranks } from '../devices/holding.ts'
import type { GatewayView } from '../devices/records.ts'
import type { Registry } from '../devices/registry.ts'

/** What two nodes claim to have, one of them has: both come to the same answer without asking each other. */
export interface Arbiter {
  /**
   * Takes over what another node tells of a gateway, and gives up what it has now.
   * @returns the view without what stays here; null: the gateway itself stays here
   */
  settle(view: GatewayView): GatewayView | null
}

export function createArbiter(parts: {
  readonly registry: Pick<Registry, 'get' | 'handOver' | 'gatewayOf'>
  /** Keeps what another node has told. */
  readonly keep: (view: GatewayView) => void
  /** A gateway has moved to another node: its connection here is a dead one. */
  readonly onMoved: (gateway: string) => void
}): Arbiter {
  const { registry, keep, onMoved } = parts

  /** The newest connection counts, as with MQTT itself; but of two users the one that was there first. */
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
      // First kept, then given up: what is given up here is looked for there.
      keep(settled)
      if (!view.online) return settled
      // Also where it was taken for an aircraft.
      registry.handOver(view.serial)
      if (isHere) onMoved(view.serial)
      for (const { serial, online } of aircraft) if (online) registry.handOver(serial)
      return settled
    },
  }
}
