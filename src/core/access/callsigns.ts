import { LruMap } from '../lru-map.ts'
import type { SessionService } from './sessions.ts'

/** Number of cached names, to bound the memory. A session never changes its user name, so the cache stays right. */
const MAX_REMEMBERED = 10_000

/** User names by session, for the callsigns of a topology; '' if the session has ended. Rejects if the session store does. */
export type Callsigns = (sessionIds: Iterable<string>) => Promise<ReadonlyMap<string, string>>

export function createCallsigns(sessions: Pick<SessionService, 'alive'>): Callsigns {
  const names = new LruMap<string, string>(MAX_REMEMBERED)
  return async (sessionIds: Iterable<string>): Promise<ReadonlyMap<string, string>> => {
    const found = new Map<string, string>()
    await Promise.all(
      [...new Set(sessionIds)].map(async (id) => {
        // Empty: an external broker did not say whose connection it is.
        const name = names.get(id) ?? (id === '' ? '' : ((await sessions.alive(id))?.username ?? ''))
        found.set(id, name)
        if (name !== '') names.set(id, name)
      }),
    )
    return found
  }
}
