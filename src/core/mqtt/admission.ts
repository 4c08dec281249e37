import { randomUUID } from 'node:crypto'
import { looksIssued } from '../access/mqtt-credentials.ts'
import type {
  AccessDecision,
  AccessDenial,
  ConnectAttempt,
  ConnectDecision,
  Principal,
  Refusal,
} from '../ports/broker.ts'
import { type Access, decideWill, type TopicDecision } from './access.ts'
import type { BrokerHostParts } from './broker-host-parts.ts'
import { serialOf } from './refusals.ts'
import type { TopicTable } from './topic-table.ts'
import { isSerial } from './topics.ts'

/**
 * The answer to a CONNECT. `serial`: the device that was refused. It is here because a CONNECT has no topic that names
 * it.
 */
export type Checked =
  | Extract<ConnectDecision, { allow: true }>
  | { readonly allow: false; readonly reason: Refusal; readonly serial: string | null }

/** @param serial the device that was refused, if there is no topic that names it */
export const refuse = (reason: Refusal, serial: string | null = null): Checked => ({
  allow: false,
  reason,
  serial,
})

/**
 * Visible ASCII without characters that have a meaning in topics, because other brokers compare client ids with
 * patterns.
 */
const CLIENT_ID = /^[!"$-*,-.0-~]{0,128}$/

/** Refusals that do not count if `mqtt.anonymous` allows clients without a login. */
const UNKNOWN: ReadonlySet<Refusal> = new Set(['anonymous', 'bad_credentials'])

const PASSED_ON = [
  'unavailable',
  'other_workspace',
  'session_ended',
  'other_gateway',
  'in_use',
  'is_aircraft',
] as const

const ABOUT_DEVICE: ReadonlySet<AccessDenial> = new Set(['in_use', 'is_aircraft'])

const willRefusal = (reason: AccessDenial): Refusal => PASSED_ON.find((passed) => passed === reason) ?? 'will'

const isEmpty = (value: string | undefined): boolean => value === undefined || value === ''

/** Decides who may connect. Rejects if a store cannot be reached. */
export function createAdmission(
  parts: Pick<
    BrokerHostParts,
    'verifyCredential' | 'anonymous' | 'legacy' | 'devices' | 'inUse' | 'isAircraft'
  > & {
    readonly topics: TopicTable
    /** Decides about a topic. A credential without a gateway is bound first. */
    readonly settle: (
      principal: Principal,
      decide: (access: Access) => TopicDecision,
    ) => AccessDecision | Promise<AccessDecision>
    /** Called with the client id of each client with a static account. */
    readonly onStatic: (principal: Principal, clientId: string) => void
  },
): (attempt: ConnectAttempt) => Promise<Checked> {
  const { verifyCredential, legacy, devices, inUse, settle, topics } = parts

  async function identify(attempt: ConnectAttempt): Promise<ConnectDecision> {
    if (!CLIENT_ID.test(attempt.clientId)) return { allow: false, reason: 'bad_client_id' }
    const named = !isEmpty(attempt.username) || !isEmpty(attempt.password)
    if (parts.anonymous === null)
      return named ? verifyCredential(attempt) : { allow: false, reason: 'anonymous' }
    if (named) {
      const decision = await verifyCredential(attempt)
      if (decision.allow || !UNKNOWN.has(decision.reason) || (await isOurs(attempt))) return decision
    }
    return {
      allow: true,
      principal: {
        kind: 'anonymous',
        sessionId: 'anonymous',
        userId: 'anonymous',
        workspaceId: parts.anonymous.workspaceId,
        credentialId: `anonymous.${randomUUID()}`,
        gateway: null,
      },
    }
  }

  /**
   * A credential that was issued here must pass our own check, and so must a user name that stands for a controller
   * known here. Anonymous access must not accept them.
   */
  const isOurs = async ({ username = '', password }: ConnectAttempt): Promise<boolean> =>
    looksIssued(username, password) ||
    legacy?.has(username) === true ||
    (isSerial(username) && (await devices.holder(username)) !== null)

  return async (attempt) => {
    const decision = await identify(attempt)
    if (!decision.allow) return refuse(decision.reason)
    const { principal } = decision
    if (principal.kind === 'legacy') parts.onStatic(principal, attempt.clientId)
    const { will } = attempt
    if (will !== undefined) {
      const allowed = await settle(principal, (access) => decideWill(access, will, topics))
      if (!allowed.allow)
        return refuse(
          willRefusal(allowed.reason),
          ABOUT_DEVICE.has(allowed.reason) ? serialOf(will.topic) : null,
        )
    }
    if (principal.gateway !== null) {
      const holder = await devices.claim(principal.gateway, principal.workspaceId, principal.userId)
      if (holder !== principal.workspaceId) return refuse('other_workspace')
      if (inUse(principal.gateway, principal.userId)) return refuse('in_use', principal.gateway)
      if (await parts.isAircraft(principal.gateway)) return refuse('is_aircraft', principal.gateway)
    }
    return decision
  }
}
