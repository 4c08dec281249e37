import type { KeyRing } from '../../access/keys.ts'
import { open, type Route } from '../routes.ts'

/** Public keys for brokers that check MQTT passwords themselves. With secrets only there is no such route. */
export function keyRoutes({ jwks }: Pick<KeyRing, 'jwks'>): Route[] {
  if (jwks === null) return []
  const body = JSON.stringify(jwks)
  // Short enough that a broker hears of a new key before tokens of the old one run out.
  const headers = { 'content-type': 'application/jwk-set+json', 'cache-control': 'public, max-age=300' }
  return [open('GET', '/.well-known/jwks.json', null, () => ({ status: 200, headers, body }))]
}
