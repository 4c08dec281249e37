import type { Clock } from '../ports/clock.ts'
import type { Holders } from './holders.ts'
import { type GatewayRecord, NO_AIRCRAFT, viewOf } from './records.ts'
import type { Registry } from './registry-contract.ts'

/** What may be asked of the registry. Nothing is changed here. */
export type RegistryQueries = Pick<
  Registry,
  | 'isNamed'
  | 'access'
  | 'silent'
  | 'gatewayOf'
  | 'linkedTo'
  | 'get'
  | 'list'
  | 'countOnline'
  | 'sessionsOf'
  | 'sessionIds'
>

export function registryQueries(parts: {
  readonly gateways: ReadonlyMap<string, GatewayRecord>
  readonly holders: Pick<Holders, 'get'>
  readonly clock: Clock
}): RegistryQueries {
  const { gateways, holders, clock } = parts
  return {
    isNamed: (serial) => [...(holders.get(serial)?.links.keys() ?? [])].some(({ online }) => online),
    access: (serial) => gateways.get(serial)?.access ?? NO_AIRCRAFT,
    silent: (serial) => gateways.get(serial)?.silent ?? NO_AIRCRAFT,
    gatewayOf: (aircraft) => holders.get(aircraft)?.holder?.serial ?? null,
    linkedTo: (aircraft) => [...(holders.get(aircraft)?.links.keys() ?? [])].map(({ serial }) => serial),
    get(serial) {
      const gateway = gateways.get(serial)
      return gateway === undefined ? null : viewOf(gateway, clock.now())
    },
    list: (workspaceId) =>
      [...gateways.values()]
        .filter((one) => workspaceId === undefined || one.workspaceId === workspaceId)
        .map((one) => viewOf(one, clock.now())),
    countOnline() {
      let count = 0
      for (const { online } of gateways.values()) if (online) count += 1
      return count
    },
    sessionsOf(serial) {
      const gateway = gateways.get(serial)
      const ids = new Set([gateway?.sessionId ?? ''])
      for (const { principal } of gateway?.connections.values() ?? []) ids.add(principal.sessionId)
      // Empty: a broker elsewhere named nobody, and we have no record of who logged in on it.
      ids.delete('')
      return ids
    },
    sessionIds() {
      const ids = new Set<string>()
      for (const { connections } of gateways.values())
        for (const { principal } of connections.values())
          if (principal.kind === 'gateway' && principal.sessionId !== '') ids.add(principal.sessionId)
      return ids
    },
  }
}
