/** The sessions that a connection, a device or a WebSocket of this node uses. */
export interface SessionsInUse {
  /** @param ids returns the sessions that the connections of one part use at this moment */
  add(ids: () => Iterable<string>): void
  ids(): ReadonlySet<string>
}

export function createSessionsInUse(): SessionsInUse {
  const holders: (() => Iterable<string>)[] = []
  return {
    add: (ids) => void holders.push(ids),
    ids: () => new Set(holders.flatMap((ids) => [...ids()])),
  }
}
