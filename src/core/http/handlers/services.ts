import { z } from 'zod'
import type { Callsigns } from '../../access/callsigns.ts'
import type { LoginQueue } from '../../access/login-queue.ts'
import type { LoginThrottle } from '../../access/login-throttle.ts'
import type { MqttCredential } from '../../access/mqtt-credentials.ts'
import type { SecondStep } from '../../access/second-step.ts'
import type { SessionService } from '../../access/sessions.ts'
import type { Liveness } from '../../devices/live.ts'
import type { Devices } from '../../devices/service.ts'
import type { CloudEmitter } from '../../events.ts'
import type { CredentialDesk } from '../../mqtt/desk.ts'
import type { ParsedOptions } from '../../options/schema.ts'
import { isUsable } from '../../ports/broker.ts'
import type { BrokerAdapter, Clock, DeviceStore, Logger, Session, UserStore } from '../../ports/index.ts'
import type { SignIn } from '../../sign-in/sign-in.ts'
import { publicBase } from '../addresses.ts'
import type { HttpRequest } from '../types.ts'

/** What the handlers need. cloud.ts makes it; tests may give only a part of it. */
export interface Services {
  readonly options: ParsedOptions
  readonly sessions: SessionService
  readonly callsigns: Callsigns
  readonly credentials: Pick<CredentialDesk, 'issue'>
  /** Null: the limits are switched off. */
  readonly throttle: LoginThrottle | null
  /** Null: passwords are checked as they arrive. */
  readonly queue: LoginQueue | null
  /** Null: failed logins are not limited, so no code may be asked for. */
  readonly secondStep: SecondStep | null
  readonly users: UserStore
  /** Logins beside the password. */
  readonly signIn: SignIn
  /** `claim` also restores a device that the store remembers. */
  readonly devices: Pick<DeviceStore, 'claim' | 'get' | 'list' | 'update'>
  /** The devices that are present, on all nodes. */
  readonly fleet: Pick<Devices, 'list' | 'get' | 'getState'>
  /** Which user has a device online, on any node. */
  readonly live: Liveness
  readonly isAircraft: (serial: string) => Promise<boolean>
  /** Releases a serial number of this workspace, and closes its connections. */
  readonly unbind: (serial: string, workspaceId: string) => Promise<boolean>
  readonly broker: BrokerAdapter
  readonly clock: Clock
  readonly emit: CloudEmitter['emit']
  readonly logger: Logger
}

/** A number or a numeric string: front ends of the demo send both. 1: browser, 2: Pilot; 3: a browser that takes both kinds of accounts. */
const flag = z.coerce.number().pipe(z.union([z.literal(1), z.literal(2), z.literal(3)]))
export const flagInput = flag.default(2)
export const optionalFlag = flag.nullish()
/**
 * The MQTT address for the module `thing`: the configured one, or the broker's own address with the host name that the
 * client used.
 */
export function mqttAddress(services: Pick<Services, 'options' | 'broker'>, request: HttpRequest): string {
  const { options, broker } = services
  return options.mqtt.url ?? broker.address(publicBase(options.publicUrl, request).hostname)
}

/**
 * MQTT credentials that bind to the first gateway that uses them. Front ends for the demo expect them in this answer.
 */
export async function mqttFields(services: Services, session: Session, request: HttpRequest) {
  const none = { mqtt_addr: null, mqtt_username: null, mqtt_password: null }
  // A `web` user has no controller, so it gets no credentials.
  if (session.role !== 'pilot' || !isUsable(services.broker.health())) return none
  // Login has to work while the broker is down. The page asks for credentials later.
  const issued: MqttCredential | null = await services.credentials.issue(session, null).catch(() => null)
  if (issued === null) return none
  const { username, password } = issued
  return { mqtt_addr: mqttAddress(services, request), mqtt_username: username, mqtt_password: password }
}
