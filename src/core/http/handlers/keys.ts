import type { KeyRing } from '../../access/keys.ts'
import { open, type Route } from '../routes.ts'

/**
 * Public keys for brokers that check MQTT passwords themselves. If only secrets are configured, this route does not
 * exist.
 */
export function keyRoutes({ jwks }: Pick<KeyRing, 'jwks'>): Route[] {
  if (jwks === null) return []
  const body = JSON.stringify(jwks)
  // A broker must learn a new key before the tokens of the old one expire.
  const headers = { 'content-type': 'application/jwk-set+json', 'cache-control': 'public, max-age=300' }
  return [open('GET', '/.well-known/jwks.json', null, () => ({ status: 200, headers, body }))]
}
