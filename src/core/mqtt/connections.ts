import type { BrokerConnection, Principal } from '../ports/broker.ts'

/** The connections that the broker tells of. */
export interface Connections {
  add(connection: BrokerConnection): void
  /** True: it was the newest one of its principal. */
  remove(connection: BrokerConnection): boolean
  /** The newest one of this principal. */
  of(principal: Principal): BrokerConnection | undefined
  /** The principal has a gateway from now on. */
  tied(principal: Principal): void
  /** Takes its gateway away again: the next topic ties it anew, or is refused. */
  untie(connection: BrokerConnection): void
  /** What speaks for this gateway. */
  at(gateway: string): readonly BrokerConnection[]
  /** Whose sessions they hang on. */
  sessionIds(): ReadonlySet<string>
}

export function createConnections(): Connections {
  const newest = new Map<Principal, BrokerConnection>()
  const byGateway = new Map<string, Map<string, BrokerConnection>>()

  function enter(connection: BrokerConnection): void {
    const { gateway } = connection.principal
    if (gateway === null) return
    const present = byGateway.get(gateway) ?? new Map<string, BrokerConnection>()
    byGateway.set(gateway, present.set(connection.id, connection))
  }

  function leave({ id, principal: { gateway } }: BrokerConnection): void {
    const present = gateway === null ? undefined : byGateway.get(gateway)
    if (gateway !== null && present?.delete(id) === true && present.size === 0) byGateway.delete(gateway)
  }

  return {
    add(connection) {
      newest.set(connection.principal, connection)
      enter(connection)
    },
    remove(connection) {
      leave(connection)
      return newest.get(connection.principal)?.id === connection.id && newest.delete(connection.principal)
    },
    of: (principal) => newest.get(principal),
    tied(principal) {
      const connection = newest.get(principal)
      if (connection !== undefined) enter(connection)
    },
    untie(connection) {
      leave(connection)
      connection.principal.gateway = null
    },
    at: (gateway) => [...(byGateway.get(gateway)?.values() ?? [])],
    sessionIds() {
      const ids = new Set<string>()
      for (const { kind, sessionId } of newest.keys())
        if (kind === 'gateway' && sessionId !== '') ids.add(sessionId)
      return ids
    },
  }
}
