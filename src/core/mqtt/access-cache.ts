import { NO_AIRCRAFT } from '../devices/records.ts'
import type { Registry } from '../devices/registry.ts'
import type { Principal } from '../ports/broker.ts'
import type { Access } from './access.ts'

/** Far above what one gateway with its aircraft may use; only a bound on memory. */
const MAX_REMEMBERED = 128

/** One principal's view. `publish` and `forward` hold topics that were allowed under exactly this `access`. */
export interface Lane {
  readonly access: Access
  readonly publish: Set<string>
  readonly forward: Set<string>
}

/** The decisions of the hot path, kept until the gateway or its aircraft change. */
export interface AccessCache {
  lane(principal: Principal): Lane
}

export const remember = (topics: Set<string>, topic: string): void => {
  if (topics.size >= MAX_REMEMBERED) topics.clear()
  topics.add(topic)
}

export function createAccessCache(registry: Pick<Registry, 'access' | 'silent'>): AccessCache {
  const lanes = new WeakMap<Principal, Lane>()
  return {
    lane(principal) {
      const { gateway } = principal
      const aircraft = gateway === null ? NO_AIRCRAFT : registry.access(gateway)
      const silent = gateway === null ? NO_AIRCRAFT : registry.silent(gateway)
      let lane = lanes.get(principal)
      // The registry replaces the sets when they change: identity is enough.
      if (
        lane === undefined ||
        lane.access.aircraft !== aircraft ||
        lane.access.silent !== silent ||
        lane.access.gateway !== gateway
      ) {
        const { kind, allowedGateways: only } = principal
        const access = { kind, gateway, aircraft, silent, ...(only === undefined ? {} : { only }) }
        lane = { access, publish: new Set(), forward: new Set() }
        lanes.set(principal, lane)
      }
      return lane
    },
  }
}
