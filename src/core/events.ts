import type { DeviceFields } from './devices/fields/index.ts'
import type { EndReason } from './ports/sessions.ts'

/**
 * `connection_lost`: the connection was lost for longer than `presence.graceSeconds`. `silence`: nothing was received
 * for `presence.silenceSeconds`. `logout`: the pilot logged out. `expired`: the session reached its end
 * (`tokens.sessionTtlSeconds`). `forced`: the host disconnected it, or its session ended for another reason.
 * `shutdown`: this platform stops, no other node continues, and the device store remembers no devices.
 */
export type GatewayOfflineReason =
  | 'connection_lost'
  | 'silence'
  | 'logout'
  | 'expired'
  | 'forced'
  | 'shutdown'
/**
 * `unlinked`: the aircraft was switched off, or its gateway no longer reports it. Otherwise the reason why its gateway
 * went offline.
 */
export type AircraftOfflineReason = 'unlinked' | GatewayOfflineReason

/** The model of a device, by DJI's numbers. */
export interface DeviceModel {
  /** `domain-type-sub_type` of facts D4, such as `0-77-2`. */
  readonly key: string
  /** Null if the table does not know the model. The device is kept and shown anyway. */
  readonly name: string | null
}

interface GatewayEvent {
  readonly workspaceId: string
  /** Serial number of the controller. */
  readonly gateway: string
  /** ms since the epoch */
  readonly at: number
}

interface DeviceEvent extends GatewayEvent {
  /** The gateway itself, or its aircraft. */
  readonly serial: string
}

interface AircraftEvent extends GatewayEvent {
  /** Serial number. */
  readonly aircraft: string
  readonly model: DeviceModel
}

/**
 * `credentials`: wrong name or password. `account_type`: a web account on a controller, or a pilot account in a
 * browser. `challenge`: the password was right and the code of the second step wrong. `challenge_void`: the code came too late, too often, a
 * second time, or from another page. Of a login elsewhere only: `not_allowed`: that login was right, but the user may not use this platform;
 * `sign_in`: the answer of that login was not valid, for example it was for another browser, or it was used before. The others
 * come from `sessions.open` only. `user_gone`: the user is deleted, disabled or unknown.
 * `workspace_changed`, `role_changed`: the record that was given differs from the one in the option `users`. `gateway`:
 * the user must not use this controller.
 */
export type LoginFailure =
  | 'credentials'
  | 'account_type'
  | 'user_gone'
  | 'workspace_changed'
  | 'role_changed'
  | 'gateway'
  | 'not_allowed'
  | 'sign_in'
  | 'challenge'
  | 'challenge_void'

interface AuditEvent {
  /** ms since the epoch */
  readonly at: number
  /** The client's address, as the framework's proxy settings give it. Null if nobody asked over a network. */
  readonly address: string | null
}

interface HoldingEvent extends AuditEvent {
  readonly userId: string
  readonly workspaceId: string
  readonly serial: string
}

/** The events for `cloud.on(name, listener)`. No event contains a password or a token. */
export interface CloudEvents {
  /** A controller is online: it sent its topology or a report. `model` is null until its topology has come. */
  'gateway.online': GatewayEvent & { readonly model: DeviceModel | null; readonly sessionId: string }
  /** A controller is offline. `aircraft.offline` of its aircraft came before. */
  'gateway.offline': GatewayEvent & { readonly reason: GatewayOfflineReason }
  /** A controller that is online has sent its model for the first time, or another model than before. */
  'gateway.updated': GatewayEvent & { readonly model: DeviceModel }
  /** An aircraft is online: a controller that is online has it. */
  'aircraft.online': AircraftEvent
  /** An aircraft is offline, alone or together with its controller. */
  'aircraft.offline': AircraftEvent & { readonly reason: AircraftOfflineReason }
  /**
   * An aircraft that is online has moved to another controller, `gateway`. It was not offline in between. `from` is the
   * controller that had it before: that one has gone offline, no longer has the aircraft, or stopped reporting for it
   * while the new one reports.
   */
  'aircraft.moved': AircraftEvent & { readonly from: string }
  /**
   * One OSD report, unchanged. Reports are incremental (facts D5); `cloud.devices.getState` gives all fields together.
   */
  'device.osd': DeviceEvent & { readonly data: DeviceFields }
  /**
   * Properties that changed, unchanged as the device sent them. They are incremental too, and `cloud.devices.getState`
   * contains them.
   */
  'device.state': DeviceEvent & { readonly data: DeviceFields }
  /**
   * Any other message of a device, known or not. If it wants an answer, the platform has answered it. `channel` is the
   * end of the topic: `events`, `drc/up`, `network/probe`, `status`, or `services_reply` and `property/set_reply` if
   * nobody waited for them. `seq` is the number with which a message on `drc/up` names the order that it answers;
   * otherwise null.
   */
  'device.event': DeviceEvent & {
    readonly channel: string
    readonly method: string | null
    readonly seq: number | null
    readonly data: unknown
  }
  /**
   * A gateway asks for something. `answered`: the platform, or a handler of `cloud.devices.onRequest`, has answered it.
   */
  'device.request': DeviceEvent & {
    readonly method: string | null
    readonly data: unknown
    readonly answered: boolean
  }
  /** A user has bound a device, or was the first who asked for MQTT credentials for it. The workspace owns it now. */
  'device.bound': HoldingEvent
  /** A user has unbound a device. The next workspace that uses it will own it. */
  'device.unbound': HoldingEvent
  /** A message could not be understood. `reason` says what is wrong with it. */
  'message.invalid': {
    readonly workspaceId: string | null
    readonly gateway: string | null
    readonly topic: string
    readonly reason: string
    readonly at: number
  }
  /**
   * The broker refused a connection, a publish or a subscription; of the last two, `topic` is the topic. External
   * brokers decide some of this without asking the platform. `in_use`: another user has the device `serial` online, or
   * had it a moment ago. `is_aircraft`: the device is an aircraft, not a controller.
   */
  'mqtt.refused': AuditEvent & {
    readonly reason: string
    readonly clientId: string | null
    readonly topic: string | null
    /** The name that the client sent. Null if it may be a password that was typed into the wrong field. */
    readonly username: string | null
    /** Serial number of the controller that the credentials belong to. Null if it is not known. */
    readonly gateway: string | null
    /**
     * Serial number in the topic. For a connection or a topology that is refused as `in_use` or `is_aircraft`: the
     * device in question.
     */
    readonly serial: string | null
    /** What to do, in one sentence. Null if the reason says enough. */
    readonly hint: string | null
  }
  /**
   * MQTT credentials were issued, but for a minute nobody has connected with them. Either the controller does not reach
   * the address of the broker, or the page did not continue.
   */
  'credentials.unused': {
    readonly workspaceId: string
    /** Serial number of the controller that they are for. Null: they are for the first controller that uses them. */
    readonly gateway: string | null
    readonly userId: string
    readonly sessionId: string
    /** ms since the epoch */
    readonly issuedAt: number
    readonly at: number
  }
  /**
   * A controller has been connected for half a minute, but has sent neither a topology nor a report. It does not count
   * as online.
   */
  'gateway.unannounced': GatewayEvent & {
    /** Connected since, in ms since the epoch. */
    readonly since: number
  }
  /**
   * A controller sent its topology, but gets no answer yet, because its workspace is not known. With one MQTT account
   * for all controllers, the platform waits for a login (nobody is logged in) or for a binding (pilots of several
   * workspaces are logged in).
   */
  'gateway.unclaimed': {
    /** Serial number of the controller. */
    readonly gateway: string
    readonly waitsFor: 'login' | 'binding'
    /** What to do, in one sentence. */
    readonly hint: string
    /** ms since the epoch */
    readonly at: number
  }
  /**
   * A controller connected with a static account of `mqtt.legacyAccounts`. This comes once for each controller, until
   * it connects with its own credentials. `cloud.health().legacyAccounts` has the counts.
   */
  'gateway.legacy': GatewayEvent & { readonly username: string }
  /** A user logged in, and a session began. */
  'login.succeeded': AuditEvent & {
    readonly userId: string
    readonly username: string
    readonly workspaceId: string
    readonly sessionId: string
    /**
     * What let the user in without a password of this platform: the `reason` given to `sessions.open`, such as `oidc`.
     * Null: with name and password.
     */
    readonly by: string | null
    /** The second step that was answered as well, such as `otp`. Null: there was none. */
    readonly challenge: string | null
  }
  /**
   * The password was right, and a code is needed as well: no session began. If no `login.succeeded` of this user comes, somebody may know the
   * password who should not.
   */
  'login.challenged': AuditEvent & {
    readonly userId: string
    /** The name as it was typed. */
    readonly username: string
    /** What is asked for, such as `otp`. */
    readonly challenge: string
  }
  /** A login failed: on the login page, in `sessions.open`, or at another login that a plugin adds. */
  'login.failed': AuditEvent & {
    /** The name as it was typed. For `sessions.open` with the id of an unknown user: that id. Empty: not known. */
    readonly username: string
    readonly reason: LoginFailure
    /** The `reason` that was given to `sessions.open`, or the sign-in source, such as `oidc`. Null: with name and password. */
    readonly by: string | null
  }
  /** A login was refused without a check, because too many had failed. It can be tried again in `retryAfterSeconds`. */
  'login.throttled': AuditEvent & { readonly username: string; readonly retryAfterSeconds: number }
  /** An access token was replaced by a newer one. */
  'token.refreshed': AuditEvent & { readonly sessionId: string; readonly userId: string }
  /** A token was used after it had been replaced. Perhaps it was stolen, so its session has ended. */
  'token.reused': AuditEvent & { readonly sessionId: string; readonly userId: string }
  /**
   * A session has ended, with its tokens and MQTT connections. `expired` is emitted once, by a node that has used the
   * session since its start.
   */
  'session.ended': AuditEvent & {
    readonly sessionId: string
    readonly userId: string
    readonly reason: EndReason
  }
}

/** A name that `cloud.on` takes. */
export type CloudEventName = keyof CloudEvents
/** Called with each event of that name. If it throws or returns a promise that rejects, the error is logged. */
export type CloudListener<Name extends CloudEventName> = (event: CloudEvents[Name]) => void

/** How core emits events. A host uses `cloud.on`. */
export interface CloudEmitter {
  on<Name extends CloudEventName>(name: Name, listener: CloudListener<Name>): () => void
  emit<Name extends CloudEventName>(name: Name, event: CloudEvents[Name]): void
  /** Emits an event of a plugin. The plugin checks it. Its name differs from all names of the platform. */
  emitOfPlugin(name: string, event: unknown): void
  /** An `emit` that can be stopped. After `stop` it does nothing. */
  stoppable(): Pick<CloudEmitter, 'emit'> & { stop(): void }
}
