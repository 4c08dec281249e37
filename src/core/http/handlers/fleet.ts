import { fleetOf } from '../../devices/fleet-of.ts'
import { reach } from '../../promises.ts'
import { guarded, type Route } from '../routes.ts'
import { success } from '../wire.ts'
import type { Services } from './services.ts'

/** What the page for web users shows. Any user of a workspace gets the same data from `devices` and the WebSocket. */
export function fleetRoutes({ fleet, devices, callsigns, clock }: Services): Route[] {
  return [
    guarded('GET', '/pilot/fleet/devices', null, async ({ session: { workspaceId } }) => {
      const gateways = fleet.list(workspaceId)
      const online = gateways.filter((gateway) => gateway.online)
      const [records, pilots] = await Promise.all([
        reach(devices.list(workspaceId)),
        callsigns(online.map(({ sessionId }) => sessionId)),
      ])
      // A device may have been released and claimed by another workspace since its report.
      const stateOf = (serial: string) => {
        const state = fleet.getState(serial)
        return state?.workspaceId === workspaceId ? state : null
      }
      return success(fleetOf({ now: clock.now(), gateways, records, stateOf, pilots }))
    }),
  ]
}
