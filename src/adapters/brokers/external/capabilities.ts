import type { BrokerCapabilities, BrokerHealth } from '../../../core/ports/broker.ts'
import type { ExternalBrokerParts, ExternalCredentials } from './parts.ts'

/** What a broker can do. What its adapter does not state counts as not possible. */
export function capabilitiesOf(parts: ExternalBrokerParts): BrokerCapabilities {
  const { credentials } = parts
  const shared = credentials.kind === 'shared'
  const legacy = legacyOf(credentials)
  return {
    credentials: shared ? 'shared' : 'gateway',
    unboundCredentials: shared,
    presence: parts.presence === 'reported' ? 'reported' : 'inferred',
    dynamicAcl: isDynamic(credentials),
    kick: parts.kick !== undefined,
    willAfterKick: parts.willAfterKick ?? true,
    revocation: revocationOf(parts),
    maxQos: parts.maxQos ?? 2,
    ...(legacy === undefined ? {} : { legacyAccounts: legacy }),
  }
}

function isDynamic(credentials: ExternalCredentials): boolean {
  if (credentials.kind === 'accounts') return credentials.setAccess !== undefined
  return credentials.kind !== 'tokens'
}

function legacyOf(credentials: ExternalCredentials): BrokerCapabilities['legacyAccounts'] {
  // The password is checked here, and two connections of a broker never have the same client id.
  if (credentials.kind === 'hooks') return 'client-id'
  return credentials.kind === 'accounts' && credentials.legacyAccounts === true ? 'list' : undefined
}

function revocationOf({ credentials, kick }: ExternalBrokerParts): BrokerCapabilities['revocation'] {
  const atOnce = kick !== undefined
  switch (credentials.kind) {
    case 'hooks':
      return atOnce ? 'immediate' : 'on-reconnect'
    case 'accounts':
      if (credentials.remove === undefined) return 'never'
      return atOnce || credentials.removeCloses === true ? 'immediate' : 'on-reconnect'
    case 'tokens':
      if (credentials.revoke === undefined) return 'on-expiry'
      return atOnce ? 'immediate' : 'on-reconnect'
    case 'shared':
      return 'never'
  }
}

/** A warning for administrators, in `health()` and in the log. Null: none. */
export function weaknessOf({ credentials, revocation }: BrokerCapabilities): string | null {
  if (credentials === 'shared')
    return 'all controllers share one MQTT account: each can publish and subscribe as every other one'
  switch (revocation) {
    case 'immediate':
      return null
    case 'on-reconnect':
      return 'a controller whose session has ended stays connected until it connects again'
    case 'on-expiry':
      return 'a controller whose session has ended can connect until its password expires'
    default:
      return 'a controller whose session has ended can still connect'
  }
}

/** Adds the weakness to the detail of `health()`, also while the broker is up. */
export const withWeakness = (health: BrokerHealth, weakness: string | null): BrokerHealth =>
  weakness === null ? health : { ...health, detail: `${health.detail ?? health.status}; UNSAFE: ${weakness}` }
