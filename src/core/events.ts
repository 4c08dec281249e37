import { EventEmitter } from 'node:events'
import type { DeviceFields } from './devices/fields/index.ts'
import type { Logger } from './ports/logger.ts'
import type { EndReason } from './ports/sessions.ts'
import { isThenable } from './promises.ts'

/**
 * `connection_lost`: for longer than `presence.graceSeconds`; `silence`: nothing heard for `presence.silenceSeconds`; `logout`: the
 * operator logged out; `expired`: its session reached its end (`tokens.sessionTtlSeconds`); `forced`: by the host, or its
 * session ended otherwise; `shutdown`: this platform stops, no other node carries on, and the device store remembers nobody.
 */
export type GatewayOfflineReason =
  | 'connection_lost'
  | 'silence'
  | 'logout'
  | 'expired'
  | 'forced'
  | 'shutdown'
/** `unlinked`: switched off or let go; or why its gateway went. */
export type AircraftOfflineReason = 'unlinked' | GatewayOfflineReason

/** What kind of device it is, by DJI's numbers. */
export interface DeviceModel {
  /** `domain-type-sub_type` of facts D4, such as `0-77-2`. */
  readonly key: string
  /** Null for a model that the table does not know: kept and shown all the same. */
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
 * `credentials`: a wrong name or password. `account_type`: a web account at a controller, or the other way round. Of
 * `sessions.open` only: `user_gone`: deleted, disabled or not known; `workspace_changed`, `role_changed`: the record that
 * was given is not what the option `users` has; `gateway`: the user must not use this controller.
 */
export type LoginFailure =
  | 'credentials'
  | 'account_type'
  | 'user_gone'
  | 'workspace_changed'
  | 'role_changed'
  | 'gateway'

interface AuditEvent {
  /** ms since the epoch */
  readonly at: number
  /** Of the client, as the framework's proxy settings give it; null where nobody asked over a network. */
  readonly address: string | null
}

interface HoldingEvent extends AuditEvent {
  readonly userId: string
  readonly workspaceId: string
  readonly serial: string
}

/** What a host can listen to with `cloud.on(name, listener)`. No payload holds a password or a token. */
export interface CloudEvents {
  /** A controller is there: it said what it is, or reported. `model` is null until it has told its topology. */
  'gateway.online': GatewayEvent & { readonly model: DeviceModel | null; readonly sessionId: string }
  /** A controller is gone; its aircraft were said to be gone first. */
  'gateway.offline': GatewayEvent & { readonly reason: GatewayOfflineReason }
  /** It said what it is, or something else than before, while it was online already. */
  'gateway.updated': GatewayEvent & { readonly model: DeviceModel }
  /** An aircraft is linked to a controller that is online. */
  'aircraft.online': AircraftEvent
  /** An aircraft is gone, by itself or with its controller. */
  'aircraft.offline': AircraftEvent & { readonly reason: AircraftOfflineReason }
  /**
   * An aircraft that is online is at another controller now (`gateway`); it was not offline meanwhile. `from`: the one that
   * had it, which has gone, let go of it, or stopped reporting for it while this one reports.
   */
  'aircraft.moved': AircraftEvent & { readonly from: string }
  /** One OSD report as it came; fields are incremental (facts D5): `cloud.devices.getState` has them put together. */
  'device.osd': DeviceEvent & { readonly data: DeviceFields }
  /** Properties that changed, as they came; likewise incremental, and in `cloud.devices.getState` beside those of OSD. */
  'device.state': DeviceEvent & { readonly data: DeviceFields }
  /**
   * Whatever else a device tells, known or not; one that wanted an answer was given it. `channel` is the end of the topic:
   * `events`, `drc/up`, `network/probe`, `status`, or `services_reply` and `property/set_reply` that nobody waited for.
   * `seq`: of `drc/up`, with which a reply names what it answers; otherwise null.
   */
  'device.event': DeviceEvent & {
    readonly channel: string
    readonly method: string | null
    readonly seq: number | null
    readonly data: unknown
  }
  /** A gateway asks for something. `answered`: by us or by a handler of `cloud.devices.onRequest`. */
  'device.request': DeviceEvent & {
    readonly method: string | null
    readonly data: unknown
    readonly answered: boolean
  }
  /** A user has bound a device, or was the first to ask for MQTT credentials for it: the workspace holds it now. */
  'device.bound': HoldingEvent
  /** A user has unbound a device: the next workspace that uses it holds it. */
  'device.unbound': HoldingEvent
  /** A message that could not be understood; `reason` says what is wrong with it. */
  'message.invalid': {
    readonly workspaceId: string | null
    readonly gateway: string | null
    readonly topic: string
    readonly reason: string
    readonly at: number
  }
  /**
   * The broker let somebody not in, or not publish or subscribe (then `topic` says what). External brokers decide some of
   * this without asking. `in_use`: the device `serial` is live with another user, or was a moment
   * ago. `is_aircraft`: it is no controller.
   */
  'mqtt.refused': AuditEvent & {
    readonly reason: string
    readonly clientId: string | null
    readonly topic: string | null
    /** That a connection came with; null where it may be a password that was typed into the wrong field. */
    readonly username: string | null
    /** Serial number of the controller that the credentials belong to, where it is known. */
    readonly gateway: string | null
    /** Serial number that the topic names; of a connection or a topology that is refused as `in_use` or `is_aircraft`, the device. */
    readonly serial: string | null
    /** What to do, in a sentence; null where the reason says it. */
    readonly hint: string | null
  }
  /**
   * MQTT credentials were given out and nobody has connected with them for a minute: the controller does not reach the broker's
   * address, or the page did not go on.
   */
  'credentials.unused': {
    readonly workspaceId: string
    /** Serial number of the controller that they are for; null: of whichever uses them first. */
    readonly gateway: string | null
    readonly userId: string
    readonly sessionId: string
    /** ms since the epoch */
    readonly issuedAt: number
    readonly at: number
  }
  /** A controller has been connected for half a minute and told neither a topology nor a report: it is not shown as online. */
  'gateway.unannounced': GatewayEvent & {
    /** Since when; ms since the epoch. */
    readonly since: number
  }
  /**
   * A controller told its topology and is not answered yet, since nobody knows whose it is: with one MQTT account for all, the
   * platform waits for a login (nobody is logged in) or for a binding (pilots of several workspaces are).
   */
  'gateway.unclaimed': {
    /** Serial number of the controller. */
    readonly gateway: string
    readonly waitsFor: 'login' | 'binding'
    /** What to do, in a sentence. */
    readonly hint: string
    /** ms since the epoch */
    readonly at: number
  }
  /**
   * A controller came with a static account of `mqtt.legacyAccounts`: told once for each, until it comes with credentials of its
   * own. `cloud.health().legacyAccounts` has the counts.
   */
  'gateway.legacy': GatewayEvent & { readonly username: string }
  /** Somebody logged in; a session began. */
  'login.succeeded': AuditEvent & {
    readonly userId: string
    readonly username: string
    readonly workspaceId: string
    readonly sessionId: string
    /** What let the user in without a password of ours, such as `oidc` (`sessions.open`); null: name and password. */
    readonly by: string | null
  }
  /** Somebody was not logged in: at the login, or by `sessions.open`. */
  'login.failed': AuditEvent & {
    /** As it was typed. Of `sessions.open` with the id of an unknown user: that id. */
    readonly username: string
    readonly reason: LoginFailure
    /** The reason that `sessions.open` was given, such as `oidc`; null: name and password. */
    readonly by: string | null
  }
  /** A login was refused unseen, after too many failures; it may be tried again in `retryAfterSeconds`. */
  'login.throttled': AuditEvent & { readonly username: string; readonly retryAfterSeconds: number }
  /** An access token was replaced by a newer one. */
  'token.refreshed': AuditEvent & { readonly sessionId: string; readonly userId: string }
  /** A token was used again after it had been replaced: perhaps stolen. Its session is ended. */
  'token.reused': AuditEvent & { readonly sessionId: string; readonly userId: string }
  /**
   * A session is over, with its tokens and MQTT connections. `expired` is told once, by a node
   * where it was used since that node's start.
   */
  'session.ended': AuditEvent & {
    readonly sessionId: string
    readonly userId: string
    readonly reason: EndReason
  }
}

/** A name that `cloud.on` takes. */
export type CloudEventName = keyof CloudEvents
/** What is called with each event of that name; a rejected promise is logged, like a throw. */
export type CloudListener<Name extends CloudEventName> = (event: CloudEvents[Name]) => void

/** How core tells events. A host uses `cloud.on`. */
export interface CloudEmitter {
  on<Name extends CloudEventName>(name: Name, listener: CloudListener<Name>): () => void
  emit<Name extends CloudEventName>(name: Name, event: CloudEvents[Name]): void
  /** An event of a plugin, checked by it; its name is none of ours. */
  emitOfPlugin(name: string, event: unknown): void
}

/** A listener of the host that throws is logged and harms nobody else. */
export function createEmitter(logger: Logger): CloudEmitter {
  const emitter = new EventEmitter().setMaxListeners(0)
  return {
    on<Name extends CloudEventName>(name: Name, listener: CloudListener<Name>) {
      const guarded = (event: CloudEvents[Name]): void => {
        try {
          const answer: unknown = listener(event)
          if (isThenable(answer))
            answer.then(undefined, (error: unknown) =>
              logger.error(
                { err: error, event: name },
                'A listener of an event failed. The other listeners got the event.',
              ),
            )
        } catch (error) {
          logger.error(
            { err: error, event: name },
            'A listener of an event failed. The other listeners got the event.',
          )
        }
      }
      emitter.on(name, guarded)
      return () => void emitter.off(name, guarded)
    },
    emit: (name, event) => void emitter.emit(name, event),
    emitOfPlugin: (name, event) => void emitter.emit(name, event),
  }
}
