import type { AccessDecision, BrokerHost, Principal } from '../../../core/ports/broker.ts'
import { ownerOf } from './usernames.ts'

/** How a broker names a connection in its later questions. */
export interface AskedClient {
  readonly username: string | undefined
  /** Given if the broker reports it. Static accounts (`mqtt.legacyAccounts`) need it. */
  readonly clientId?: string | undefined
  /** Given if the broker reports it. Without it, wrong passwords are limited per user name only. */
  readonly address?: string | undefined
}

/** Answers to the questions of a broker. Before the platform has started, every answer is no. */
export interface BrokerQuestions {
  /**
   * May this client connect? The password has to be right, and the client id has to be the gateway's serial number. Otherwise one gateway could
   * take over the connection and stored messages of another. Null means no; the refusal has already been reported.
   */
  connect(attempt: AskedClient & { readonly password: string | undefined }): Promise<Principal | null>
  /** May it publish to this topic? A refusal has already been reported. */
  publish(client: AskedClient, topic: string, retain?: boolean): Promise<boolean>
  /** May it subscribe to this filter? A refusal has already been reported. */
  subscribe(client: AskedClient, filter: string): Promise<boolean>
  /** The owner of this connection. Null: it is unknown, or its session has ended. */
  identify(client: AskedClient): Promise<Principal | null>
  /** Whether the user name is that of a live session or of a static account. */
  isKnown(username: string | undefined): Promise<boolean>
}

export function createQuestions(parts: {
  readonly host: () => BrokerHost | null
  /** Called when a client with this user name was accepted. */
  readonly admitted: (username: string) => void
}): BrokerQuestions {
  const identify = async ({ username, clientId }: AskedClient): Promise<Principal | null> =>
    username === undefined ? null : ((await parts.host()?.identify(username, clientId)) ?? null)

  /** The password was checked when the connection was made; its session may have ended since. */
  async function decide(
    client: AskedClient,
    topic: string,
    ask: (host: BrokerHost, principal: Principal) => AccessDecision | Promise<AccessDecision>,
  ): Promise<boolean> {
    const host = parts.host()
    const principal = await identify(client)
    if (host === null || principal === null) return false
    const decision = await ask(host, principal)
    if (decision.allow) {
      parts.admitted(principal.credentialId)
      return true
    }
    const { clientId = principal.gateway, address = '' } = client
    host.refused({ reason: decision.reason, clientId, address, topic, principal })
    return false
  }

  return {
    identify,
    async connect({ clientId = '', username, password, address = '' }) {
      const host = parts.host()
      if (host === null || username === undefined || password === undefined) return null
      const decision = await host.authenticate({ clientId, username, password, address })
      if (!decision.allow) return null
      const owner = await ownerOf(host, decision.principal, { username, clientId, address })
      if (owner !== null) parts.admitted(username)
      return owner
    },
    publish: (client, topic, retain = false) =>
      decide(client, topic, (host, principal) => host.authorizePublish(principal, topic, retain)),
    subscribe: (client, filter) =>
      decide(client, filter, (host, principal) => host.authorizeSubscribe(principal, filter)),
    isKnown: async (username) =>
      username === undefined ? false : ((await parts.host()?.isKnown(username)) ?? false),
  }
}
