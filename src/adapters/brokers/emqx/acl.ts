import type { AccessList } from '../../../core/ports/broker.ts'

export interface EmqxRule {
  readonly permission: 'allow' | 'deny'
  readonly action: 'publish' | 'subscribe' | 'all'
  readonly topic: string
  readonly qos?: readonly number[]
  readonly retain?: boolean
}

/**
 * The decision as the claim `acl`. Without the last rule EMQX would go on to its next authorizer, and the stock one ends
 * in "allow all" (facts brokers 2).
 */
export const emqxAcl = ({ publish, subscribe }: AccessList): EmqxRule[] => [
  ...publish.map((topic) => ({ permission: 'allow', action: 'publish', topic, retain: false }) as const),
  ...subscribe.map((topic) => ({ permission: 'allow', action: 'subscribe', topic }) as const),
  { permission: 'deny', action: 'all', topic: '#' },
]
