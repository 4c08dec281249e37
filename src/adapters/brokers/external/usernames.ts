import type { BrokerHost, KickTarget, Principal } from '../../../core/ports/broker.ts'

/** User names at external brokers are credential ids, `{session}.{gateway}`, so any node knows whose they are. */
export const belongs = (username: string, target: KickTarget): boolean =>
  'sessionId' in target
    ? username.startsWith(`${target.sessionId}.`)
    : 'gateway' in target
      ? username.endsWith(`.${target.gateway}`)
      : username === target.credentialId

/** What a broker may close connections by. A static account belongs to no gateway. */
export function kickedClients(target: KickTarget, usernames: readonly string[]) {
  const named = 'gateway' in target ? [target.gateway] : []
  const own = usernames
    .filter((name) => name.includes('.'))
    .map((name) => name.slice(name.lastIndexOf('.') + 1))
  return { usernames, gateways: [...new Set([...named, ...own])] }
}

/**
 * After the password was checked: whose connection it is, by user name and client id. Null: refused and reported. A static
 * account is tied to the gateway that its client id names, since the broker's later questions name nothing else.
 */
export async function ownerOf(
  host: BrokerHost,
  principal: Principal,
  { username, clientId, address }: { readonly username: string; clientId: string; address: string },
): Promise<Principal | null> {
  const owner = principal.kind === 'legacy' ? await host.identify(username, clientId) : principal
  if (owner?.credentialId === username && ownsClientId(owner, clientId)) return owner
  host.refused({ reason: 'bad_client_id', clientId, address, principal })
  return null
}

/**
 * The client id has to be the gateway's serial number, which is what Pilot is known to use (facts D1): otherwise one
 * gateway could take over another's connection and stored messages by using its client id.
 */
export const ownsClientId = (principal: Principal, clientId: string): boolean =>
  principal.gateway !== null && principal.gateway === clientId
