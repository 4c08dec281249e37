import type { BrokerHost, KickTarget, Principal } from '../../../core/ports/broker.ts'

/** User names at external brokers are credential ids, `{session}.{gateway}`, so any node can find their owner. */
export const belongs = (username: string, target: KickTarget): boolean =>
  'sessionId' in target
    ? username.startsWith(`${target.sessionId}.`)
    : 'gateway' in target
      ? username.endsWith(`.${target.gateway}`)
      : username === target.credentialId

/** The user names and client ids by which a broker can close connections. A static account belongs to no gateway. */
export function kickedClients(target: KickTarget, usernames: readonly string[]) {
  const named = 'gateway' in target ? [target.gateway] : []
  const own = usernames
    .filter((name) => name.includes('.'))
    .map((name) => name.slice(name.lastIndexOf('.') + 1))
  return { usernames, gateways: [...new Set([...named, ...own])] }
}

/**
 * The owner of a connection, by user name and client id, after the password was checked. Null: the connection is
 * refused, and the refusal has been reported. A static account is bound to the gateway that its client id names,
 * because later questions of the broker name nothing else.
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
 * The client id has to be the gateway's serial number, which Pilot is known to use (facts D1). Otherwise one gateway could
 * take over the connection and stored messages of another by using its client id.
 */
const ownsClientId = (principal: Principal, clientId: string): boolean =>
  principal.gateway !== null && principal.gateway === clientId
