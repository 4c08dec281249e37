import type { CloudEmitter } from '../events.ts'
import type { Hub } from './hub.ts'

/**
 * Tells a workspace's sockets who came and went. Pilot fetches the topologies again on each of these (facts E), so
 * the push needs no more than the serial numbers.
 */
export function pushTopology(emitter: CloudEmitter, hub: Hub): void {
  emitter.on('gateway.online', ({ workspaceId, gateway }) => {
    hub.push(workspaceId, { biz_code: 'device_online', data: { sn: gateway } })
  })
  emitter.on('gateway.offline', ({ workspaceId, gateway }) => {
    hub.push(workspaceId, { biz_code: 'device_offline', data: { sn: gateway } })
  })
  emitter.on('aircraft.online', ({ workspaceId, gateway, aircraft }) => {
    hub.push(workspaceId, { biz_code: 'device_online', data: { sn: aircraft, gateway_sn: gateway } })
    hub.push(workspaceId, { biz_code: 'device_update_topo', data: { sn: gateway } })
  })
  emitter.on('aircraft.offline', ({ workspaceId, gateway, aircraft }) => {
    hub.push(workspaceId, { biz_code: 'device_offline', data: { sn: aircraft, gateway_sn: gateway } })
    hub.push(workspaceId, { biz_code: 'device_update_topo', data: { sn: gateway } })
  })
}
