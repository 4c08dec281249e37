import type { SessionService } from './sessions.ts'

/** A session keeps its user name for life, so what was once asked need not be asked again. Only a bound on memory. */
const MAX_REMEMBERED = 10_000

/** User names by session, for the callsigns of a topology; empty where the session is gone. Rejects as the session store does. */
export type Callsigns = (sessionIds: Iterable<string>) => Promise<ReadonlyMap<string, string>>

export function createCallsigns(sessions: Pick<SessionService, 'alive'>): Callsigns {
  const names = new Map<string, string>()
  return async (sessionIds: Iterable<string>): Promise<ReadonlyMap<string, string>> => {
    const found = new Map<string, string>()
    await Promise.all(
      [...new Set(sessionIds)].map(async (id) => {
        // Empty: a broker elsewhere, which did not say whose connection it is.
        const name = names.get(id) ?? (id === '' ? '' : ((await sessions.alive(id))?.username ?? ''))
        found.set(id, name)
        if (names.size >= MAX_REMEMBERED) names.clear()
        if (name !== '') names.set(id, name)
      }),
    )
    return found
  }
}
