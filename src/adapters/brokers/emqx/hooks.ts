import type { BrokerHook, BrokerHost, HookFields, HookResponse } from '../../../core/ports/broker.ts'
import { ownerOf } from '../external/usernames.ts'

/** Always 200: any other status means "ignore" to EMQX, and the next in its chain would decide (facts brokers). */
const say = (body: Readonly<Record<string, unknown>>): HookResponse => ({
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify(body),
})
const DENY = say({ result: 'deny' })

/** EMQX 5.8 asks once per connection (`authn`) and once per topic (`authz`), see docs/brokers/emqx.md for its side. */
export function emqxHooks(host: () => BrokerHost | null): BrokerHook[] {
  async function authn(fields: HookFields): Promise<HookResponse> {
    const { clientid: clientId = '', username, password, peerhost: address = '' } = fields
    const core = host()
    if (core === null || username === undefined || password === undefined) return DENY
    const decision = await core.authenticate({ clientId, username, password, address })
    if (!decision.allow) return DENY
    const principal = await ownerOf(core, decision.principal, { username, clientId, address })
    if (principal === null) return DENY
    return say({ result: 'allow', is_superuser: false, client_attrs: { sn: principal.gateway } })
  }

  async function authz(fields: HookFields): Promise<HookResponse> {
    const { username = '', topic = '', action, retain, clientid = '', peerhost: address = '' } = fields
    const core = host()
    const principal = await core?.identify(username, clientid)
    if (core === null || principal === null || principal === undefined) return DENY
    if (action !== 'publish' && action !== 'subscribe') return DENY
    const decision = await (action === 'publish'
      ? core.authorizePublish(principal, topic, retain === 'true' || retain === '1')
      : core.authorizeSubscribe(principal, topic))
    if (decision.allow) return say({ result: 'allow' })
    core.refused({ reason: decision.reason, clientId: clientid, address, topic, principal })
    return DENY
  }

  return [
    { path: 'emqx/authn', refusal: DENY, answer: authn },
    { path: 'emqx/authz', refusal: DENY, answer: authz },
  ]
}
