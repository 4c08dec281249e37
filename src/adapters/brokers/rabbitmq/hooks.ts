import type { BrokerHook, BrokerHost, HookFields, HookResponse } from '../../../core/ports/broker.ts'
import { ownerOf } from '../external/usernames.ts'

const say = (body: 'allow' | 'deny'): HookResponse => ({ status: 200, contentType: 'text/plain', body })
const DENY = say('deny')

/** RabbitMQ speaks AMQP inside: `.` for `/`, `*` for `+`. Serial numbers hold neither. */
export const topicOf = (routingKey: string): string => routingKey.replaceAll('.', '/').replaceAll('*', '+')

const QUEUE = /^mqtt-subscription-(.+)qos[01]$/

/** Its questions name the client in three ways; a queue carries its client's name. */
const clientIdOf = (fields: HookFields): string | undefined =>
  fields['client_id'] ?? fields['variable_map.client_id'] ?? QUEUE.exec(fields['name'] ?? '')?.[1]

/** The four questions of `rabbitmq_auth_backend_http` [seen, 3.10.8]. Plain `deny` is its no. */
export function rabbitmqHooks(parts: {
  readonly host: () => BrokerHost | null
  readonly vhost: string
  readonly exchange: string
  /** A user name was let in. */
  readonly admitted: (username: string) => void
}): BrokerHook[] {
  const { vhost, exchange } = parts

  async function user({ username, password, client_id: clientId = '' }: HookFields): Promise<boolean> {
    const host = parts.host()
    if (host === null || username === undefined || password === undefined) return false
    const decision = await host.authenticate({ clientId, username, password, address: '' })
    if (!decision.allow) return false
    if ((await ownerOf(host, decision.principal, { username, clientId, address: '' })) === null) return false
    parts.admitted(username)
    return true
  }

  /** The password was checked when the connection was made; its session may have ended since. */
  const holder = async (fields: HookFields) =>
    (await parts.host()?.identify(fields['username'] ?? '', clientIdOf(fields))) ?? null

  const isKnown = async ({ username = '' }: HookFields): Promise<boolean> =>
    (await parts.host()?.isKnown(username)) ?? false

  async function resource(fields: HookFields): Promise<boolean> {
    if (fields['vhost'] !== vhost) return false
    // Its question about the exchange names no client.
    if (fields['resource'] === 'exchange')
      return fields['name'] === exchange && fields['permission'] !== 'configure' && isKnown(fields)
    const principal = await holder(fields)
    if (principal === null) return false
    // Its own stored messages, and nobody else's.
    const own = [0, 1].map((qos) => `mqtt-subscription-${principal.gateway}qos${qos}`)
    return fields['resource'] === 'queue' && own.includes(fields['name'] ?? '')
  }

  async function topic(fields: HookFields): Promise<boolean> {
    const host = parts.host()
    const principal = await holder(fields)
    if (host === null || principal === null || fields['vhost'] !== vhost || fields['name'] !== exchange)
      return false
    const name = topicOf(fields['routing_key'] ?? '')
    const decision = await (fields['permission'] === 'write'
      ? host.authorizePublish(principal, name, false)
      : host.authorizeSubscribe(principal, name))
    if (decision.allow) return true
    host.refused({
      reason: decision.reason,
      clientId: principal.gateway,
      address: '',
      topic: name,
      principal,
    })
    return false
  }

  const vhosts = async (fields: HookFields): Promise<boolean> => fields['vhost'] === vhost && isKnown(fields)

  const hook = (name: string, check: (fields: HookFields) => Promise<boolean>): BrokerHook => ({
    path: `rabbitmq/${name}`,
    refusal: DENY,
    answer: async (fields) => say((await check(fields)) ? 'allow' : 'deny'),
  })
  return [hook('user', user), hook('vhost', vhosts), hook('resource', resource), hook('topic', topic)]
}
