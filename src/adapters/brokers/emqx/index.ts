import { z } from 'zod'
import type { AccessList, BrokerAdapter, KickTarget } from '../../../core/ports/broker.ts'
import { createExternalBroker } from '../external/broker.ts'
import type { ExternalBrokerOptions } from '../external/options.ts'
import { hookSecret, rest } from '../external/options.ts'
import type { TokenCredentials } from '../external/parts.ts'
import type { Rest, RestOptions } from '../external/rest.ts'
import { belongs } from '../external/usernames.ts'
import { hooks } from './hooks.ts'
import { PRESENCE, readPresence } from './presence.ts'

interface Shared extends ExternalBrokerOptions {
  /**
   * The REST interface, such as `http://broker.internal:18083`, with an API key as user name and its secret as
   * password.
   */
  readonly api: RestOptions
}

/** Options of `emqxBroker`: the account of this server, the REST interface, and who checks passwords. */
export type EmqxBrokerOptions = Shared &
  (
    | {
        /** EMQX asks the platform for every connection and topic. Later aircraft are known, and a logout takes effect at once. */
        readonly auth: 'hooks'
        /** EMQX sends it as the bearer token of its questions. At least 24 characters. */
        readonly hookSecret: string
      }
    | {
        /**
         * EMQX checks the password itself. The password is a JWT with the access list, so aircraft that become known
         * later are not in it.
         */
        readonly auth: 'jwt'
      }
  )

/**
 * EMQX 5.8 or newer. It follows the documentation and source of EMQX, and is tested with requests and answers written down from
 * them. It is not tested against a running EMQX.
 */
export const emqxBroker = (given: EmqxBrokerOptions): BrokerAdapter =>
  createExternalBroker({
    name: 'emqx',
    factory: 'emqxBroker',
    options: given,
    schema: (shape) =>
      z.discriminatedUnion('auth', [
        z.strictObject({ ...shape, api: rest, auth: z.literal('hooks'), hookSecret }),
        z.strictObject({ ...shape, api: rest, auth: z.literal('jwt') }),
      ]),
    setup(context) {
      const { options, presence } = context
      const api = context.rest(options.api)
      return {
        credentials: options.auth === 'hooks' ? hooks(context.ask, options.hookSecret) : tokens(api),
        async kick(_known, target) {
          const ids = (await connected(api, target)).map(({ clientid }) => clientid)
          if (ids.length > 0) await api.call('POST', '/api/v5/clients/kickout/bulk', ids)
          return ids.length
        },
        presence: 'reported',
        topics: PRESENCE,
        receive(topic, payload, retained) {
          const news = retained ? null : readPresence(topic, payload)
          if (news?.kind === 'connected') presence.connected({ key: news.clientId, ...news })
          else if (news !== null) presence.disconnected(news.clientId, news.isDone)
        },
      }
    },
  })

const LONGEST_SESSION_MS = 31 * 86_400_000

/** Revoking bans the user name, because EMQX accepts a token until it expires. */
const tokens = (api: Rest): TokenCredentials => ({
  kind: 'tokens',
  claims: ({ credentialId: username, gateway: clientid, access }) => ({
    username,
    clientid,
    acl: emqxAcl(access),
  }),
  async revoke(target, issued) {
    const live = (await connected(api, target)).map(({ username }) => username)
    for (const who of new Set([...issued.keys(), ...live].filter((name) => belongs(name, target)))) {
      const until = new Date(issued.get(who) ?? Date.now() + LONGEST_SESSION_MS).toISOString()
      await api.call('POST', '/api/v5/banned', { as: 'username', who, reason: 'session ended', until })
    }
  },
})

interface EmqxRule {
  readonly permission: 'allow' | 'deny'
  readonly action: 'publish' | 'subscribe' | 'all'
  readonly topic: string
  readonly qos?: readonly number[]
  readonly retain?: boolean
}

/**
 * The access list as the claim `acl`. Without the last rule EMQX would ask its next authorizer, and the default one allows
 * everything (facts brokers 2).
 */
const emqxAcl = ({ publish, subscribe }: AccessList): EmqxRule[] => [
  ...publish.map((topic) => ({ permission: 'allow', action: 'publish', topic, retain: false }) as const),
  ...subscribe.map((topic) => ({ permission: 'allow', action: 'subscribe', topic }) as const),
  { permission: 'deny', action: 'all', topic: '#' },
]

interface Listed {
  readonly clientid: string
  readonly username?: string
}

async function connected(api: Rest, target: KickTarget): Promise<{ clientid: string; username: string }[]> {
  const query =
    'gateway' in target
      ? `clientid=${encodeURIComponent(target.gateway)}`
      : 'sessionId' in target
        ? `like_username=${encodeURIComponent(target.sessionId)}`
        : `username=${encodeURIComponent(target.credentialId)}`
  const page = (await api.call('GET', `/api/v5/clients?limit=1000&${query}`)) as { data?: Listed[] } | null
  return (
    (page?.data ?? [])
      .map(({ clientid, username = '' }) => ({ clientid, username }))
      // A client id belongs to one gateway, with any account that the client used.
      .filter(
        ({ username, clientid }) =>
          belongs(username, target) || ('gateway' in target && clientid === target.gateway),
      )
  )
}
