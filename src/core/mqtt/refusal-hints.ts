import type { AccessDenial, Refusal } from '../ports/broker.ts'

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
  anonymous: 'The client sent no password: log in on the controller, so that it gets credentials.',
  bad_credentials:
    'The password is none of ours: log in on the controller again, and check that no old account is stored there.',
  throttled:
    'Too many wrong passwords came from this address or for this name, so no more are looked at for some minutes. Credentials of a login still get in.',
  expired: 'The credentials are too old: log in on the controller again.',
  session_ended: 'The login that the credentials came from has ended: log in on the controller again.',
  bad_client_id:
    'A client id has at most 128 visible characters without / + #; brokers elsewhere want the serial number.',
  wrong_gateway: 'The client certificate is for another controller than the password.',
  other_workspace:
    'Another workspace holds this serial number: unbind it there, or log in with an account of that workspace.',
  in_use:
    'The device is live with another user, or was a moment ago: that user logs out, or cloud.devices.in(workspaceId).disconnect(serial, { revoke: true }) frees it, or time does (presence.silenceSeconds).',
  is_aircraft:
    'The device is known as an aircraft, and credentials are for remote controllers: if it is one, unbind it first.',
  unbound: 'The credentials have no controller yet: it has to send its topology or subscribe first.',
  proxy_protocol:
    'The balancer in front and the broker disagree about the PROXY protocol: set proxyProtocol of embeddedBroker, or switch it off in the balancer. The log has the details.',
  not_listed_gateway:
    'The static account is for other controllers: add the serial number to its `gateways` in mqtt.legacyAccounts.',
  unavailable: 'A store did not answer: see the log and cloud.health().',
}

/** What an operator does about a refusal. Null: nothing better to say than the reason. */
export function hintOf({ reason, gateway, serial }: RefusalFacts): string | null {
  if (gateway !== null && serial !== null && (reason === 'other_gateway' || reason === 'foreign'))
    return `The credentials belong to ${gateway} and the topic is of ${serial}: if ${serial} is a controller, ${ask(serial)}; if it is an aircraft, ${gateway} has to report it in its topology first.`
  return HINTS[reason] ?? null
}
