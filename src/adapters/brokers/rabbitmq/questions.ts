import type { HookFields, HookResponse } from '../../../core/ports/broker.ts'
import type { HookQuestion } from '../external/parts.ts'
import type { BrokerQuestions } from '../external/questions.ts'

/** RabbitMQ expects the text `allow` or `deny`. */
export const say = (isAllowed: boolean): HookResponse => ({
  status: 200,
  contentType: 'text/plain',
  body: isAllowed ? 'allow' : 'deny',
})

/** RabbitMQ translates MQTT topics to AMQP: `/` to `.`, and `+` to `*`. Serial numbers contain none of these. */
const topicOf = (routingKey: string): string => routingKey.replaceAll('.', '/').replaceAll('*', '+')

const QUEUE = /^mqtt-subscription-(.+)qos[01]$/

/** The questions name the client id in three ways. The third is the name of its queue. */
const clientOf = (fields: HookFields) => ({
  username: fields['username'],
  clientId: fields['client_id'] ?? fields['variable_map.client_id'] ?? QUEUE.exec(fields['name'] ?? '')?.[1],
})

/** The four questions of `rabbitmq_auth_backend_http` [seen, 3.10.8]. */
export function rabbitmqQuestions(
  ask: BrokerQuestions,
  { vhost, exchange }: { readonly vhost: string; readonly exchange: string },
): Readonly<Record<string, HookQuestion>> {
  async function resource(fields: HookFields): Promise<boolean> {
    // The question about the exchange names no client id.
    if (fields['resource'] === 'exchange')
      return (
        fields['name'] === exchange &&
        fields['permission'] !== 'configure' &&
        (await ask.isKnown(fields['username']))
      )
    const principal = await ask.identify(clientOf(fields))
    if (principal === null) return false
    // A client may use the queues of its own stored messages only.
    const own = [0, 1].map((qos) => `mqtt-subscription-${principal.gateway}qos${qos}`)
    return fields['resource'] === 'queue' && own.includes(fields['name'] ?? '')
  }

  async function topic(fields: HookFields): Promise<boolean> {
    if (fields['name'] !== exchange) return false
    const name = topicOf(fields['routing_key'] ?? '')
    return fields['permission'] === 'write'
      ? ask.publish(clientOf(fields), name)
      : ask.subscribe(clientOf(fields), name)
  }

  const inVhost =
    (check: (fields: HookFields) => Promise<boolean>): HookQuestion =>
    async (fields) =>
      say(fields['vhost'] === vhost && (await check(fields)))

  return {
    user: async ({ username, password, client_id: clientId }) =>
      say((await ask.connect({ clientId, username, password })) !== null),
    vhost: inVhost(({ username }) => ask.isKnown(username)),
    resource: inVhost(resource),
    topic: inVhost(topic),
  }
}
