import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { duration } from '../../../core/options/pieces.ts'
import type { BrokerAdapter } from '../../../core/ports/broker.ts'
import { createExternalBroker } from '../external/broker.ts'
import type { ExternalBrokerOptions } from '../external/options.ts'
import { hookSecret, LONGEST_TIMER, rest } from '../external/options.ts'
import type { Rest, RestOptions } from '../external/rest.ts'
import { rabbitmqQuestions, say } from './questions.ts'

/** Options of `rabbitmqBroker`: the account of this server, the management plugin, and the secret of the hooks. */
export interface RabbitmqBrokerOptions extends ExternalBrokerOptions {
  /** RabbitMQ sends it with every question, as the password in the address of the hooks. At least 24 characters. */
  readonly hookSecret: string
  /** The management plugin closes connections and lists them. Its account needs the tag `administrator`. */
  readonly management: RestOptions
  /** @default '/' */
  readonly vhost?: string | undefined
  /** `mqtt.exchange` of RabbitMQ. @default 'amq.topic' */
  readonly exchange?: string | undefined
  /** How often the list of connections is read. Milliseconds. @default 5000 */
  readonly presenceIntervalMs?: number | undefined
}

interface Listed {
  readonly name?: string
  readonly user?: string
  readonly peer_host?: string
}

/**
 * RabbitMQ with `rabbitmq_mqtt` and `rabbitmq_auth_backend_http`: it asks the platform for every connection and topic.
 * Before 3.13 it takes MQTT 3.1 and 3.1.1 only.
 */
export const rabbitmqBroker = (given: RabbitmqBrokerOptions): BrokerAdapter =>
  createExternalBroker({
    name: 'rabbitmq',
    factory: 'rabbitmqBroker',
    options: given,
    schema: (shape) =>
      z.strictObject({
        ...shape,
        hookSecret,
        management: rest,
        vhost: z.string().min(1).exactOptional(),
        exchange: z.string().min(1).exactOptional(),
        presenceIntervalMs: duration(LONGEST_TIMER).exactOptional(),
      }),
    setup({ options, ask, rest: restTo }) {
      const { vhost = '/', exchange = 'amq.topic' } = options
      const api = restTo(options.management)
      return {
        credentials: {
          kind: 'hooks',
          secret: options.hookSecret,
          refusal: say(false),
          questions: rabbitmqQuestions(ask, { vhost, exchange }),
        },
        connections: {
          everyMs: options.presenceIntervalMs,
          async list() {
            const all = await api.call('GET', '/api/connections?columns=name,user,peer_host,protocol')
            return (Array.isArray(all) ? (all as Listed[]) : []).flatMap(({ name, user, peer_host }) =>
              name === undefined || user === undefined
                ? []
                : [{ key: name, username: user, address: peer_host }],
            )
          },
        },
        // RabbitMQ's list is some seconds late. The user names that this process has accepted are known at once.
        async kick({ usernames }) {
          for (const username of usernames) await api.call('DELETE', connectionsOf(username))
          const until = Date.now() + CLOSING_MS
          for (const username of usernames) await closed(api, username, until)
          return usernames.length
        },
      }
    },
  })

/** After this time `kick` does not wait any longer for connections to close, ms. */
const CLOSING_MS = 5_000

const connectionsOf = (username: string): string =>
  `/api/connections/username/${encodeURIComponent(username)}`

/**
 * RabbitMQ answers the DELETE before it closes the connections. Until then, their clients still receive messages that
 * they may not receive any more. Unlike `/api/connections`, this list is never late [seen, 3.10.8].
 */
async function closed(api: Rest, username: string, until: number): Promise<void> {
  const names = async (): Promise<unknown[]> => {
    const all = await api.call('GET', connectionsOf(username))
    return Array.isArray(all) ? (all as Listed[]).map(({ name }) => name) : []
  }
  // A client that connects again has a connection of another name. That one may stay.
  const closing = new Set(await names())
  let open = closing.size > 0
  while (open && Date.now() < until) {
    await sleep(20)
    open = (await names()).some((name) => closing.has(name))
  }
}
