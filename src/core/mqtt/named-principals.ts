import { LruMap } from '../lru-map.ts'
import type { Principal } from '../ports/broker.ts'
import type { BrokerHostParts } from './broker-host-parts.ts'
import type { Presence } from './presence.ts'

/** How many user names are kept with their principals. While a name is kept, it always gets the same object. */
const MAX_NAMED = 20_000

/** Finds the principal of a user name that a broker gives, see `BrokerHost.identify`. */
export function createNamedPrincipals(
  parts: Pick<BrokerHostParts, 'identify' | 'legacy' | 'devices'> & {
    readonly presence: Pick<Presence, 'at'>
    /** A static account was used for a gateway. */
    readonly onStatic: (principal: Principal) => void
  },
): (username: string, clientId?: string) => Promise<Principal | null> {
  const { legacy, devices, presence } = parts
  const named = new LruMap<string, Principal>(MAX_NAMED)

  /** Always the same object for a name, so that a gateway that is bound to it later is not lost. */
  function keep(key: string, found: Principal | null): Principal | null {
    if (found === null) {
      named.delete(key)
      return null
    }
    const known = named.get(key)
    if (known !== undefined) return known
    named.set(key, found)
    return found
  }

  /** A static account, by its client id. The workspace of the account has to own the gateway. */
  async function holderOf(username: string, clientId: string | undefined): Promise<Principal | null> {
    const found = legacy?.named(username, clientId) ?? null
    if (found === null || found.gateway === null) return null
    // An external broker closes the first connection when a second one has the same client id. The first one may have
    // its own credentials, and must not lose its connection.
    if (presence.at(found.gateway).some(({ principal }) => principal.kind === 'gateway')) return null
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
