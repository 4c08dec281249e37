import type { AedesBroker } from './aedes.ts'

/**
 * aedes stores all filters of a SUBSCRIBE once for each of them: 4,000 filters were 18 s of CPU. Each call carries the
 * packet's own list, so a list that was stored already is answered with the first call's promise.
 */
export function storeOnce(persistence: AedesBroker['persistence']): void {
  const store = persistence.addSubscriptions.bind(persistence)
  const stored = new WeakMap<readonly object[], Promise<unknown>>()
  persistence.addSubscriptions = (client, subscriptions) => {
    const before = stored.get(subscriptions)
    if (before !== undefined) return before
    const storing = store(client, subscriptions)
    stored.set(subscriptions, storing)
    return storing
  }
}
