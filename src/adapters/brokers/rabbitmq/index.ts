import { z } from 'zod'
import { madeWith } from '../../../core/options/made-with.ts'
import { duration } from '../../../core/options/pieces.ts'
import type { BrokerAdapter, BrokerHost, KickTarget } from '../../../core/ports/broker.ts'
import { adoptedLogger } from '../adopted-logger.ts'
import { createInOrder } from '../external/in-order.ts'
import { createLink, GATEWAY_TOPICS } from '../external/link.ts'
import { controllerAddress, type ExternalBrokerOptions } from '../external/options.ts'
import { createRest, type RestOptions } from '../external/rest.ts'
import { external, hookSecret, LONGEST_TIMER, rest } from '../external/schema.ts'
import { createToldPresence } from '../external/told-presence.ts'
import { belongs } from '../external/usernames.ts'
import { rabbitmqHooks } from './hooks.ts'

export interface RabbitmqBrokerOptions extends ExternalBrokerOptions {
  /** Sent by RabbitMQ with every question, as the password in the address of the hooks. At least 24 characters. */
  readonly hookSecret: string
  /** Management plugin: closes connections and says who is connected. Its account needs the tag `administrator`. */
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
  readonly protocol?: unknown
}

const schema = z.strictObject({
  ...external,
  hookSecret,
  management: rest,
  vhost: z.string().min(1).exactOptional(),
  exchange: z.string().min(1).exactOptional(),
  presenceIntervalMs: duration(LONGEST_TIMER).exactOptional(),
})

/** User names of ours that are kept for kicking: a bound on memory. */
const MAX_ADMITTED = 50_000

/**
 * RabbitMQ with `rabbitmq_mqtt` and `rabbitmq_auth_backend_http`: it asks the platform for every connection and topic.
 * Before 3.13 it takes MQTT 3.1 and 3.1.1 only.
 */
export function rabbitmqBroker(given: RabbitmqBrokerOptions): BrokerAdapter {
  const options = madeWith('rabbitmqBroker', schema, given)
  const logger = adoptedLogger(options.logger)
  const { vhost = '/', exchange = 'amq.topic' } = options
  const api = createRest(options.management)
  const admitted = new Set<string>()
  const access = new Map<string, ReadonlySet<string>>()
  let host: BrokerHost | null = null
  let poll: NodeJS.Timeout | undefined

  const inOrder = createInOrder((error) => logger.error({ err: error }, 'message not handed on'))
  const presence = createToldPresence({ host: () => host, inOrder, namesClientId: false })
  const link = createLink({
    ...options,
    logger,
    subscriptions: GATEWAY_TOPICS,
    ready: async () => undefined,
    lost: () => presence.only(new Set()),
    message(topic, payload, retained) {
      if (!retained) inOrder.run(() => host?.received({ topic, payload, principal: null }))
    },
  })

  function remember(username: string): void {
    if (admitted.size >= MAX_ADMITTED) admitted.clear()
    admitted.add(username)
  }

  async function list(): Promise<readonly Listed[]> {
    const all = await api.call('GET', '/api/connections?columns=name,user,peer_host,protocol')
    return Array.isArray(all) ? (all as Listed[]) : []
  }

  async function look(): Promise<void> {
    if (link.health().status !== 'up') return
    const present = new Set<string>()
    for (const { name, user, peer_host: address = '' } of await list()) {
      if (name === undefined || user === undefined || user === options.username) continue
      present.add(name)
      const gateway = user.slice(user.lastIndexOf('.') + 1)
      if (!presence.has(name)) presence.connected(name, gateway, user, address)
    }
    presence.only(present)
  }

  async function close(target: KickTarget): Promise<number> {
    // Its list lags by seconds; those that were let in through this node are known at once.
    const listed = (await list()).flatMap(({ user }) => (user === undefined ? [] : [user]))
    const names = [...new Set([...admitted, ...listed])].filter((name) => belongs(name, target))
    for (const name of names) {
      await api.call('DELETE', `/api/connections/username/${encodeURIComponent(name)}`)
      admitted.delete(name)
    }
    return names.length
  }

  return {
    name: 'rabbitmq',
    capabilities: {
      credentials: 'gateway',
      unboundCredentials: false,
      presence: 'inferred',
      dynamicAcl: true,
      kick: true,
      willAfterKick: true,
      legacyAccounts: 'client-id',
    },
    hooks: {
      secret: options.hookSecret,
      routes: rabbitmqHooks({
        host: () => host,
        vhost,
        exchange,
        admitted: remember,
      }),
    },
    start(given) {
      host = given
      logger.adopt(given)
      poll = setInterval(() => {
        look().catch((error: unknown) => logger.warn({ err: error }, 'connections of RabbitMQ not read'))
      }, options.presenceIntervalMs ?? 5_000)
      poll.unref()
      return link.start()
    },
    async stop() {
      clearInterval(poll)
      await link.stop()
    },
    publish: link.publish,
    async issue(request) {
      remember(request.credentialId)
      return { username: request.credentialId, password: request.password() }
    },
    async updateAccess(gateway, aircraft) {
      const before = access.get(gateway) ?? new Set<string>()
      access.set(gateway, aircraft)
      // RabbitMQ asks when a subscription is made, and never again: what was lost is heard until it is made anew.
      if ([...before].some((serial) => !aircraft.has(serial))) await close({ gateway })
    },
    kick: close,
    health: link.health,
    address: () => controllerAddress(options),
  }
}
