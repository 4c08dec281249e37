import type { KickTarget, Principal } from '../../../core/ports/broker.ts'

/** User names at external brokers are credential ids, `{session}.{gateway}`: any node can tell whose they are. */
export const belongs = (username: string, target: KickTarget): boolean =>
  'sessionId' in target
    ? username.startsWith(`${target.sessionId}.`)
    : 'gateway' in target
      ? username.endsWith(`.${target.gateway}`)
      : username === target.credentialId

/**
 * The client id has to be the gateway's serial number, which is what Pilot is known to use (facts D1): otherwise one
 * gateway could take over another's connection and stored messages by using its client id.
 */
export const ownsClientId = (principal: Principal, clientId: string): boolean =>
  principal.gateway !== null && principal.gateway === clientId
