import type { BrokerHooks } from '../../../core/ports/broker.ts'
import type { ExternalBrokerParts } from './parts.ts'

/** The questions of a broker that asks, as the routes that core serves. */
export function hooksOf(
  name: string,
  { credentials }: ExternalBrokerParts,
): { readonly hooks?: BrokerHooks } {
  if (credentials.kind !== 'hooks') return {}
  const { secret, refusal, questions } = credentials
  const routes = Object.entries(questions).map(([question, answer]) => ({
    path: `${name}/${question}`,
    refusal,
    answer,
  }))
  return { hooks: { secret, routes } }
}
