import type { CloudEmitter } from '../events.ts'
import type { AccessDenial, BrokerHost, Principal, Refusal } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import { parseProductTopic } from './topics.ts'

export type RefusalReason = Refusal | AccessDenial | 'protocol' | 'proxy_protocol' | 'limit'

export interface RefusalFacts {
  readonly reason: RefusalReason
  /** The controller that the credentials belong to. */
  readonly gateway: string | null
  /** The serial number that the topic names. */
  readonly serial: string | null
}

const ask = (serial: string): string =>
  `ask for credentials for ${serial} (POST .../mqtt/credentials with gateway_sn) on that controller`

const HINTS: Readonly<Partial<Record<RefusalReason, string>>> = {
  anonymous: 'The client sent no password. Log in on the controller, so that it gets credentials.',
  bad_credentials:
    'The password was not issued here. Log in on the controller again, and check that no old account is stored there.',
  throttled:
    'Too many wrong passwords came from this address or for this name, so no more are checked for some minutes. Credentials from a login are still accepted.',
  expired: 'The credentials have expired. Log in on the controller again.',
  session_ended: 'The session of the credentials has ended. Log in on the controller again.',
  bad_client_id:
    'The client id is not allowed. Use at most 128 visible characters without / + #; external brokers need the serial number.',
  wrong_gateway:
    'The client certificate is for another controller than the password. Use the certificate of this controller.',
  other_workspace:
    'Another workspace owns this serial number. Unbind it there, or log in with an account of that workspace.',
  in_use:
    'Another user has the device in use, or had it in use a moment ago. Let that user log out, free the device with cloud.devices.in(workspaceId).disconnect(serial, { revoke: true }), or wait for presence.silenceSeconds.',
  is_aircraft:
    'The device is known as an aircraft, and credentials are for remote controllers. If it is a controller, unbind it first.',
  unbound:
    'The credentials have no controller yet. The controller has to send its topology or subscribe first.',
  proxy_protocol:
    'The load balancer and the broker do not agree about the PROXY protocol. Set proxyProtocol of embeddedBroker, or switch the protocol off in the balancer. The log has the details.',
  not_listed_gateway:
    'The static account is for other controllers. Add the serial number to its `gateways` in mqtt.legacyAccounts.',
  unavailable: 'A store did not answer. See the log and cloud.health().',
}

/** What an administrator can do about a refusal. Null: the reason says enough. */
export function hintOf({ reason, gateway, serial }: RefusalFacts): string | null {
  if (gateway !== null && serial !== null && (reason === 'other_gateway' || reason === 'foreign'))
    return `The credentials belong to ${gateway}, but the topic names ${serial}. If ${serial} is a controller, ${ask(serial)}. If it is an aircraft, ${gateway} has to report it in its topology first.`
  return HINTS[reason] ?? null
}

type Told = Parameters<BrokerHost['refused']>[0]

/**
 * @returns a function that emits `mqtt.refused`. `device`: the serial number that was refused, if no topic names it.
 * `name`: the user name of the client
 */
export function createRefusals(parts: {
  /** The controller that the principal's credentials belong to. */
  readonly ownerOf: (principal: Principal) => string | null
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
}): (told: Told, device?: string | null, name?: string) => void {
  const { ownerOf, emit, clock } = parts
  return ({ reason, clientId, address, topic = null, principal }, device = null, name) => {
    const gateway = principal === undefined ? null : (principal.gateway ?? ownerOf(principal))
    const serial = serialOf(topic) ?? device
    const hint = hintOf({ reason, gateway, serial })
    const username = shownUsername(name)
    const about = { reason, address, clientId, username, topic, gateway, serial, hint }
    emit('mqtt.refused', { at: clock.now(), ...about })
  }
}

/** The serial number in a topic. */
export const serialOf = (topic: string | null): string | null =>
  topic === null ? null : (parseProductTopic(topic)?.serial ?? null)

/**
 * Only user names of this form are shown. After a wrong password, the name may be the password that somebody typed into
 * the wrong field.
 */
const SHOWN = /^[\w.@+-]{1,64}$/

export const shownUsername = (name: string | undefined): string | null =>
  name !== undefined && SHOWN.test(name) ? name : null
