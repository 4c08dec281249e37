import type { BrokerHook, BrokerHost, HookAnswer, HookFields } from '../../../core/ports/broker.ts'
import { ownsClientId } from '../external/usernames.ts'

const say = (body: 'allow' | 'deny'): HookAnswer => ({ status: 200, contentType: 'text/plain', body })
const DENY = say('deny')

/** RabbitMQ speaks AMQP inside: `.` for `/`, `*` for `+`. Serial numbers hold neither. */
export const topicOf = (routingKey: string): string => routingKey.replaceAll('.', '/').replaceAll('*', '+')

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
    if (decision.principal.credentialId !== username || !ownsClientId(decision.principal, clientId)) {
      host.refused({ reason: 'bad_client_id', clientId, address: '' })
      return false
    }
    parts.admitted(username)
    return true
  }

  /** The password was checked when the connection was made; its session may have ended since. */
  const holder = async ({ username = '' }: HookFields) => (await parts.host()?.identify(username)) ?? null

  async function resource(fields: HookFields): Promise<boolean> {
    const principal = await holder(fields)
    if (principal === null || fields['vhost'] !== vhost) return false
    if (fields['resource'] === 'exchange')
      return fields['name'] === exchange && fields['permission'] !== 'configure'
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

  const vhosts = async (fields: HookFields): Promise<boolean> =>
    fields['vhost'] === vhost && (await holder(fields)) !== null

  const hook = (name: string, check: (fields: HookFields) => Promise<boolean>): BrokerHook => ({
    path: `rabbitmq/${name}`,
    refusal: DENY,
    answer: async (fields) => say((await check(fields)) ? 'allow' : 'deny'),
  })
  return [hook('user', user), hook('vhost', vhosts), hook('resource', resource), hook('topic', topic)]
}
