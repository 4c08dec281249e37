import type { BrokerConnection, KickTarget, Principal } from '../ports/broker.ts'
import type { GatewayRecord } from './records.ts'

/** Another operator has logged in on the same gateway. */
export const isOtherUser = ({ principal }: BrokerConnection, { userId }: Principal): boolean =>
  principal.userId !== '' && userId !== '' && principal.userId !== userId

/** All connections of the gateway fall under the target: with one of another session left, it stays online. */
export function hangsOn(gateway: GatewayRecord, target: KickTarget): boolean {
  if ('gateway' in target) return gateway.serial === target.gateway
  const connections = [...gateway.connections.values()]
  if (connections.length === 0) return 'sessionId' in target && gateway.sessionId === target.sessionId
  return connections.every(({ principal }) =>
    'sessionId' in target
      ? principal.sessionId === target.sessionId
      : principal.credentialId === target.credentialId,
  )
}
