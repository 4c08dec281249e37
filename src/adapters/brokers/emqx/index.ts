import { z } from 'zod'
import { madeWith } from '../../../core/options/made-with.ts'
import type { BrokerAdapter, BrokerHooks, BrokerHost, KickTarget } from '../../../core/ports/broker.ts'
import { adoptedLogger } from '../adopted-logger.ts'
import { createInOrder } from '../external/in-order.ts'
import { createLink, GATEWAY_TOPICS } from '../external/link.ts'
import { controllerAddress, type ExternalBrokerOptions } from '../external/options.ts'
import { createRest, type RestOptions } from '../external/rest.ts'
import { external, hookSecret, rest } from '../external/schema.ts'
import { createToldPresence } from '../external/told-presence.ts'
import { belongs } from '../external/usernames.ts'
import { emqxAcl } from './acl.ts'
import { emqxHooks } from './hooks.ts'
import { readPresence } from './presence.ts'

interface Shared extends ExternalBrokerOptions {
  /** REST interface, `http://broker.internal:18083`, with an API key as user name and its secret as password. */
  readonly api: RestOptions
}

export type EmqxBrokerOptions = Shared &
  (
    | {
        /** EMQX asks the platform for every connection and topic: aircraft learned later, logouts at once. */
        readonly auth: 'hooks'
        /** Bearer token of EMQX's questions. At least 24 characters. */
        readonly hookSecret: string
      }
    /** EMQX checks the password itself, a JWT with its access list inside: nothing is asked, and nothing is learned later. */
    | { readonly auth: 'jwt' }
  )

const shared = { ...external, api: rest }

const schema = z.discriminatedUnion('auth', [
  z.strictObject({ ...shared, auth: z.literal('hooks'), hookSecret }),
  z.strictObject({ ...shared, auth: z.literal('jwt') }),
])

const PRESENCE = ['$SYS/brokers/+/clients/+/connected', '$SYS/brokers/+/clients/+/disconnected']

/**
 * EMQX 5.8 or newer. Written to its documentation and source and tested against recorded shapes of its requests and
 * answers, not against a running EMQX: none is packaged for where this is tested.
 */
export function emqxBroker(given: EmqxBrokerOptions): BrokerAdapter {
  const options = madeWith('emqxBroker', schema, given)
  const logger = adoptedLogger(options.logger)
  const api = createRest(options.api)
  /** Issued here, with their end in ms: what has to be banned when a session ends. */
  const issued = new Map<string, number>()
  let host: BrokerHost | null = null

  const inOrder = createInOrder((error) => logger.error({ err: error }, 'message not handed on'))
  const presence = createToldPresence({ host: () => host, inOrder })
  const link = createLink({
    ...options,
    logger,
    subscriptions: [...PRESENCE, ...GATEWAY_TOPICS],
    ready: async () => undefined,
    lost: () => presence.only(new Set()),
    message(topic, payload, retained) {
      if (retained) return
      if (!topic.startsWith('$SYS/')) {
        inOrder.run(() => host?.received({ topic, payload, principal: null }))
        return
      }
      const news = readPresence(topic, payload)
      if (news?.kind === 'connected')
        presence.connected(news.clientId, news.clientId, news.username, news.address)
      else if (news !== null) presence.disconnected(news.clientId, news.isDone)
    },
  })

  async function connected(target: KickTarget): Promise<{ clientid: string; username: string }[]> {
    const query =
      'gateway' in target
        ? `clientid=${encodeURIComponent(target.gateway)}`
        : 'sessionId' in target
          ? `like_username=${encodeURIComponent(target.sessionId)}`
          : `username=${encodeURIComponent(target.credentialId)}`
    const page = await api.call('GET', `/api/v5/clients?limit=1000&${query}`)
    const rows = (page as { data?: { clientid: string; username?: string }[] } | null)?.data ?? []
    return (
      rows
        .map(({ clientid, username = '' }) => ({ clientid, username }))
        // A client id is a gateway's own here, whatever account it came with.
        .filter(
          ({ username, clientid }) =>
            belongs(username, target) || ('gateway' in target && clientid === target.gateway),
        )
    )
  }

  async function kick(target: KickTarget): Promise<number> {
    const ids = (await connected(target)).map(({ clientid }) => clientid)
    if (ids.length > 0) await api.call('POST', '/api/v5/clients/kickout/bulk', ids)
    return ids.length
  }

  async function ban(target: KickTarget): Promise<void> {
    const now = Date.now()
    for (const [name, until] of issued) if (until <= now) issued.delete(name)
    const live = (await connected(target)).map(({ username }) => username)
    for (const who of new Set([...issued.keys(), ...live].filter((name) => belongs(name, target)))) {
      const until = new Date(issued.get(who) ?? now + 31 * 86_400_000).toISOString()
      await api.call('POST', '/api/v5/banned', { as: 'username', who, reason: 'session ended', until })
      issued.delete(who)
    }
    // Only a ban of a client id closes connections by itself (facts brokers).
    await kick(target)
  }

  const jwt = options.auth === 'jwt'
  const hooks: { readonly hooks?: BrokerHooks } =
    options.auth === 'hooks' ? { hooks: { secret: options.hookSecret, routes: emqxHooks(() => host) } } : {}

  return {
    name: 'emqx',
    capabilities: {
      credentials: 'gateway',
      unboundCredentials: false,
      presence: 'reported',
      dynamicAcl: !jwt,
      kick: true,
      willAfterKick: true,
      ...(jwt ? {} : { legacyAccounts: 'client-id' }),
    },
    ...hooks,
    start(given) {
      host = given
      logger.adopt(given)
      return link.start()
    },
    stop: link.stop,
    publish: link.publish,
    async issue(request) {
      const { credentialId: username, gateway, aircraft, expiresAt } = request
      if (!jwt || gateway === null) return { username, password: request.password() }
      issued.set(username, expiresAt)
      const claims = { username, clientid: gateway, acl: emqxAcl(gateway, aircraft) }
      return { username, password: request.password(claims) }
    },
    kick,
    ...(jwt ? { revoke: ban } : {}),
    health: link.health,
    address: () => controllerAddress(options),
  }
}
