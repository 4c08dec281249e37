import type { AccessDenial, Refusal } from '../../../core/ports/broker.ts'

/** What we said no with, so that it is not reported a second time as an error of the peer. */
export class Refused extends Error {
  readonly returnCode: number
  constructor(reason: Refusal | AccessDenial) {
    super(reason)
    this.returnCode = RETURN_CODES[reason] ?? NOT_AUTHORIZED
  }
}

const NOT_AUTHORIZED = 5

/** CONNACK of MQTT 3.1.1; aedes translates for 5. Never assert one code: brokers differ (facts brokers 3). */
const RETURN_CODES: Readonly<Partial<Record<Refusal | AccessDenial, number>>> = {
  bad_client_id: 2,
  unavailable: 3,
  bad_credentials: 4,
}

/** aedes 1.2 and 2.0 tell their errors apart by nothing but the text. */
const LIMITS: ReadonlySet<string> = new Set([
  'packet too large',
  'connect did not arrive in time',
  'drain timeout',
  'Client queue limit reached',
])
const ORDINARY: ReadonlySet<string> = new Set(['keep alive timeout', 'connection closed', 'Premature close'])

/** Null: nothing to report, such as a network that went away. */
export function classify(error: Error & { readonly code?: unknown }): 'limit' | 'protocol' | null {
  if (error instanceof Refused || ORDINARY.has(error.message) || typeof error.code === 'string') return null
  return LIMITS.has(error.message) ? 'limit' : 'protocol'
}
