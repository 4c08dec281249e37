import { z } from 'zod'
import type { Callsigns } from '../../access/callsigns.ts'
import type { LoginQueue } from '../../access/login-queue.ts'
import type { LoginThrottle } from '../../access/login-throttle.ts'
import type { MqttCredential } from '../../access/mqtt-credentials.ts'
import type { SessionService } from '../../access/sessions.ts'
import type { Liveness } from '../../devices/live.ts'
import type { Devices } from '../../devices/service.ts'
import type { CloudEmitter } from '../../events.ts'
import type { CredentialDesk } from '../../mqtt/desk.ts'
import type { ParsedOptions } from '../../options/schema.ts'
import { isUsable } from '../../ports/broker.ts'
import type {
  BrokerAdapter,
  Clock,
  DeviceStore,
  Logger,
  Role,
  Session,
  UserStore,
} from '../../ports/index.ts'
import type { SignIn } from '../../sign-in/sign-in.ts'
import { publicBase } from '../addresses.ts'
import type { HttpRequest } from '../types.ts'

/** What handlers work with. cloud.ts makes it; tests may make a smaller one. */
export interface Services {
  readonly options: ParsedOptions
  readonly sessions: SessionService
  readonly callsigns: Callsigns
  readonly credentials: Pick<CredentialDesk, 'issue'>
  /** Null: switched off. */
  readonly throttle: LoginThrottle | null
  /** Null: passwords are looked at as they come. */
  readonly queue: LoginQueue | null
  readonly users: UserStore
  /** Logins beside the password. */
  readonly signIn: SignIn
  /** Where it says `claim`, a device of an earlier time is recalled as well. */
  readonly devices: Pick<DeviceStore, 'claim' | 'get' | 'list' | 'update'>
  /** Who is there, on all nodes. */
  readonly fleet: Pick<Devices, 'list' | 'get' | 'getState'>
  /** With whom a device is live, on whatever node. */
  readonly live: Liveness
  readonly isAircraft: (serial: string) => Promise<boolean>
  /** Releases a serial number that this workspace holds, and closes what it has open. */
  readonly unbind: (serial: string, workspaceId: string) => Promise<boolean>
  readonly broker: BrokerAdapter
  readonly clock: Clock
  readonly emit: CloudEmitter['emit']
  readonly logger: Logger
}

/** Number or numeric string, as the front ends around the demo send both. 1: browser, 2: Pilot. */
export const flagInput = z.coerce
  .number()
  .pipe(z.union([z.literal(1), z.literal(2)]))
  .default(2)

/** The demo's account types (facts G, step 4). */
export const FLAG_OF_ROLE: Readonly<Record<Role, 1 | 2>> = { web: 1, pilot: 2 }

/** The address for the `thing` module: configured, or the broker's own as seen under the name that the client used. */
export function mqttAddress(services: Pick<Services, 'options' | 'broker'>, request: HttpRequest): string {
  const { options, broker } = services
  return options.mqtt.url ?? broker.address(publicBase(options.publicUrl, request).hostname)
}

/** Credentials that bind to the first gateway that uses them: what front ends of the demo's making expect. */
export async function mqttFields(services: Services, session: Session, request: HttpRequest) {
  const none = { mqtt_addr: null, mqtt_username: null, mqtt_password: null }
  // A browser user flies nothing: no credentials for it.
  if (session.role !== 'pilot' || !isUsable(services.broker.health())) return none
  // Logging in has to work while the broker does not: the page asks for credentials later.
  const issued: MqttCredential | null = await services.credentials.issue(session, null).catch(() => null)
  if (issued === null) return none
  const { username, password } = issued
  return { mqtt_addr: mqttAddress(services, request), mqtt_username: username, mqtt_password: password }
}
