import type { HookResponse } from '../../../core/ports/broker.ts'
import type { HookCredentials } from '../external/parts.ts'
import type { BrokerQuestions } from '../external/questions.ts'

/** The status is always 200. EMQX ignores an answer with another status, and asks the next authenticator of its chain (facts brokers). */
const say = (body: Readonly<Record<string, unknown>>): HookResponse => ({
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify(body),
})
const DENY = say({ result: 'deny' })

/** EMQX 5.8 asks once per connection (`authn`) and once per topic (`authz`). docs/brokers/emqx.md shows its configuration. */
export const hooks = (ask: BrokerQuestions, secret: string): HookCredentials => ({
  kind: 'hooks',
  secret,
  refusal: DENY,
  questions: {
    async authn({ clientid: clientId, username, password, peerhost: address }) {
      const owner = await ask.connect({ clientId, username, password, address })
      return owner === null
        ? DENY
        : say({ result: 'allow', is_superuser: false, client_attrs: { sn: owner.gateway } })
    },
    async authz({ username, clientid: clientId, peerhost: address, action, topic = '', retain }) {
      const client = { username, clientId, address }
      const isAllowed =
        (action === 'publish' && (await ask.publish(client, topic, retain === 'true' || retain === '1'))) ||
        (action === 'subscribe' && (await ask.subscribe(client, topic)))
      return isAllowed ? say({ result: 'allow' }) : DENY
    },
  },
})
