import type { Principal } from '../ports/broker.ts'
import type { BrokerHostParts } from './broker-host-parts.ts'
import type { Connections } from './connections.ts'

/** User names whose principals are kept, so that each stays one object. */
const MAX_NAMED = 20_000

/** Finds principals by the user name that a broker gives, see `BrokerHost.identify`. */
export function createNamedPrincipals(
  parts: Pick<BrokerHostParts, 'identify' | 'legacy' | 'devices'> & {
    readonly connections: Pick<Connections, 'at'>
    /** A static account was used for a gateway. */
    readonly onStatic: (principal: Principal) => void
  },
): (username: string, clientId?: string) => Promise<Principal | null> {
  const { legacy, devices, connections } = parts
  const named = new Map<string, Principal>()

  /** The one object for a name, so that what is learned of it stays. */
  function keep(key: string, found: Principal | null): Principal | null {
    if (found === null) {
      named.delete(key)
      return null
    }
    const known = named.get(key)
    if (known !== undefined) return known
    if (named.size >= MAX_NAMED) named.clear()
    named.set(key, found)
    return found
  }

  /** A static account by its client id; the gateway has to be its workspace's. */
  async function holderOf(username: string, clientId: string | undefined): Promise<Principal | null> {
    const found = legacy?.named(username, clientId) ?? null
    if (found === null || found.gateway === null) return null
    // A broker elsewhere would throw its connection off for a second one with its client id.
    if (connections.at(found.gateway).some(({ principal }) => principal.kind === 'gateway')) return null
    const holder = await devices.claim(found.gateway, found.workspaceId)
    if (holder !== found.workspaceId) return null
    parts.onStatic(found)
    return found
  }

  return async (username, clientId) => {
    if (legacy?.has(username) === true)
      return keep(`${username}\n${clientId ?? ''}`, await holderOf(username, clientId))
    return keep(username, (await parts.identify?.(username)) ?? null)
  }
}
