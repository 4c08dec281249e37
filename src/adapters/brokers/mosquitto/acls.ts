import type { AccessList } from '../../../core/ports/broker.ts'

export interface Acl {
  readonly acltype: string
  readonly topic: string
  readonly allow: boolean
  readonly priority?: number
}

const PREFIX = 'dji-cloud.'

/** Our roles have a prefix in their names. Other roles at the broker are never changed. */
export const roleOf = (gateway: string): string => `${PREFIX}gateway.${gateway}`
export const gatewayOfRole = (rolename: string): string | null =>
  rolename.startsWith(`${PREFIX}gateway.`) ? rolename.slice(`${PREFIX}gateway.`.length) : null

export const SERVICE_ROLE = `${PREFIX}service`
/** The `textname` of our clients. */
export const MARK = 'dji-cloud'

const allow = (acltype: string, topic: string): Acl => ({ acltype, topic, allow: true })

/** The access list in the form of the plugin. Its defaults deny everything else. */
export const gatewayAcls = ({ publish, subscribe }: AccessList): Acl[] => [
  ...publish.map((topic) => allow('publishClientSend', topic)),
  ...subscribe.flatMap((topic) => [
    allow('subscribePattern', topic),
    // Checked for each delivery too: the aircraft may have been taken away after a subscription was stored.
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

/** The plugin allows `publishClientReceive` by default, so everything that was stored for a client would be delivered. */
export const DEFAULTS = [
  { acltype: 'publishClientSend', allow: false },
  { acltype: 'publishClientReceive', allow: false },
  { acltype: 'subscribe', allow: false },
  { acltype: 'unsubscribe', allow: true },
] as const

const keyOf = ({ acltype, topic, allow: allowed }: Acl): string => `${acltype} ${allowed} ${topic}`

/** The changes that make `present` equal to `wanted`: what to add, and what to remove. */
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
