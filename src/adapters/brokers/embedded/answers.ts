import type { AccessDenial, Refusal } from '../../../core/ports/broker.ts'
import { isThenable } from '../../../core/promises.ts'

/**
 * Calls `done` exactly once: with the value of `decide`, or with null when `decide` throws, rejects or takes too long.
 * aedes uses callbacks only. A rejection would end the process, and without a call the socket would stay open for ever
 * (facts brokers, "aedes traps").
 */
export function settle<Value>(
  decide: () => Value | Promise<Value>,
  timeoutMs: number,
  done: (value: Value | null) => void,
): void {
  let value: Value | Promise<Value>
  try {
    value = decide()
  } catch {
    done(null)
    return
  }
  // Most decisions are known at once and need no promise and no timer.
  if (!isThenable(value)) {
    done(value)
    return
  }
  let open = true
  const finish = (result: Value | null): void => {
    if (!open) return
    open = false
    clearTimeout(timer)
    done(result)
  }
  const timer = setTimeout(finish, timeoutMs, null)
  Promise.resolve(value).then(finish, () => finish(null))
}

/** A refusal by the platform. Its class says that it was reported already and is not an error of the client. */
export class Refused extends Error {
  readonly returnCode: number
  constructor(reason: Refusal | AccessDenial) {
    super(reason)
    this.returnCode = RETURN_CODES[reason] ?? NOT_AUTHORIZED
  }
}

/** Null: nothing to report, for example because the network was lost. */
export function classify(error: Error & { readonly code?: unknown }): 'limit' | 'protocol' | null {
  if (error instanceof Refused || ORDINARY.has(error.message) || typeof error.code === 'string') return null
  return LIMITS.has(error.message) ? 'limit' : 'protocol'
}

const NOT_AUTHORIZED = 5

/** Return codes of a CONNACK of MQTT 3.1.1; aedes translates them for MQTT 5. Tests must not expect one of them: brokers differ (facts brokers 3). */
const RETURN_CODES: Readonly<Partial<Record<Refusal | AccessDenial, number>>> = {
  bad_client_id: 2,
  unavailable: 3,
  bad_credentials: 4,
}

/** The errors of aedes 1.2 and 2.0 differ by their text only. */
const LIMITS: ReadonlySet<string> = new Set([
  'packet too large',
  'connect did not arrive in time',
  'drain timeout',
  'Client queue limit reached',
])
const ORDINARY: ReadonlySet<string> = new Set(['keep alive timeout', 'connection closed', 'Premature close'])
