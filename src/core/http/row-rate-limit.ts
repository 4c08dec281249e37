import { networkOf } from '../access/network.ts'
import { throttled } from '../access/throttled.ts'
import type { RateLimitCounter, RateLimitStore, Session } from '../ports/index.ts'
import { reach } from '../promises.ts'
import type { Route, RowRateLimit } from './routes.ts'
import type { HttpRequest } from './types.ts'

/** Counts the calls of rows that have a limit. */
export interface RowLimits {
  /**
   * Called twice for a row with a guard: without a session before the token is checked, and with the session after it.
   * A limit per address counts the first call, a limit per user the second one.
   * @throws DjiCloudError THROTTLED with `Retry-After`, STORE_UNAVAILABLE
   */
  count(route: Route, limit: RowRateLimit, request: HttpRequest, session: Session | null): Promise<void>
}

export function createRowLimits(store: RateLimitStore): RowLimits {
  const counters = new Map<Route, RateLimitCounter>()
  const counterOf = (route: Route, { attempts, windowSeconds }: RowRateLimit): RateLimitCounter => {
    const known = counters.get(route)
    if (known !== undefined) return known
    const name = `route ${route.method} ${route.path}`
    const counter = store.counter(name, { attempts, windowSeconds })
    counters.set(route, counter)
    return counter
  }
  return {
    async count(route, limit, request, session) {
      if ((limit.per === 'user') !== (session !== null)) return
      const key = session === null ? networkOf(request.address) : session.userId
      const wait = await reach(counterOf(route, limit).consume(key))
      if (wait > 0) throw throttled(wait)
    },
  }
}
