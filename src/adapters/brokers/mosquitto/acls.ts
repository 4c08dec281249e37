import type { AccessList } from '../../../core/ports/broker.ts'

export interface Acl {
  readonly acltype: string
  readonly topic: string
  readonly allow: boolean
  readonly priority?: number
}

const PREFIX = 'dji-cloud.'

/** Names of ours are told by their prefix: nothing else at the broker is touched. */
export const roleOf = (gateway: string): string => `${PREFIX}gateway.${gateway}`
export const gatewayOfRole = (rolename: string): string | null =>
  rolename.startsWith(`${PREFIX}gateway.`) ? rolename.slice(`${PREFIX}gateway.`.length) : null

export const SERVICE_ROLE = `${PREFIX}service`
/** Marks clients of ours, in `textname`. */
export const MARK = 'dji-cloud'

const allow = (acltype: string, topic: string): Acl => ({ acltype, topic, allow: true })

/** The list of the pure decision in the plugin's words. What is not named is denied by the plugin's defaults. */
export const gatewayAcls = ({ publish, subscribe }: AccessList): Acl[] => [
  ...publish.map((topic) => allow('publishClientSend', topic)),
  ...subscribe.flatMap((topic) => [
    allow('subscribePattern', topic),
    // Also per delivery: a subscription may have been stored before its aircraft was taken away.
    allow('publishClientReceive', topic),
  ]),
]

export const serviceAcls = (): Acl[] => [
  ...['sys/product/#', 'thing/product/#'].flatMap((topic) => [
    allow('publishClientSend', topic),
    allow('subscribePattern', topic),
    allow('publishClientReceive', topic),
  ]),
  allow('subscribePattern', '$SYS/broker/log/#'),
  allow('publishClientReceive', '$SYS/broker/log/#'),
]

/** `publishClientReceive` is true at first: whatever was stored for a client would be delivered. */
export const DEFAULTS = [
  { acltype: 'publishClientSend', allow: false },
  { acltype: 'publishClientReceive', allow: false },
  { acltype: 'subscribe', allow: false },
  { acltype: 'unsubscribe', allow: true },
] as const

const keyOf = ({ acltype, topic, allow: allowed }: Acl): string => `${acltype} ${allowed} ${topic}`

/** What has to be added and removed to get from the one list to the other. */
export function difference(
  present: readonly Acl[],
  wanted: readonly Acl[],
): { readonly add: Acl[]; readonly remove: Acl[] } {
  const here = new Set(present.map(keyOf))
  const there = new Set(wanted.map(keyOf))
  return {
    add: wanted.filter((acl) => !here.has(keyOf(acl))),
    remove: present.filter((acl) => !there.has(keyOf(acl))),
  }
}
