import type { z } from 'zod'
import type { Situation } from '../access/situation.ts'
import type { Devices } from '../devices/service.ts'
import type { DjiCloudError } from '../errors.ts'
import type { CloudEmitter } from '../events.ts'
import type { PublicBase } from '../http/addresses.ts'
import type { HttpRequest } from '../http/types.ts'
import type { Clock, EndReason, Logger, Session, SessionFilter } from '../ports/index.ts'
import type { ErrorDetails } from './errors.ts'
import type { EventSchemas } from './events.ts'

/** The options as a plugin sees them: without secrets, licence and stores. */
export interface PluginOptions {
  readonly environment: 'development' | 'production'
  readonly publicUrl: string | undefined
  readonly platformName: string
  readonly mqtt: { readonly url: string | undefined }
  readonly http: { readonly bodyLimit: number }
  /** What the host calls unsafe and still wants. */
  readonly insecure: readonly string[]
}

/** The sessions of all nodes. Every method may reject with STORE_UNAVAILABLE. */
export interface PluginSessions {
  /** The session of a valid access token. @throws DjiCloudError 401 */
  require(token: string | undefined): Promise<Session>
  /** What an access token is worth now; rejects for no token. */
  situation(token: string | undefined): Promise<Situation>
  list(filter?: SessionFilter): Promise<readonly Session[]>
  /** Ends what matches, with its live connections. @returns how many */
  end(filter: SessionFilter, reason?: EndReason): Promise<number>
  /**
   * An access token of this session that ends earlier than its own, for links that must not live long.
   * @param expiresAt ms since the epoch, not after the end of the session's own token
   */
  shorterToken(session: Session, expiresAt: number): string
}

/** What a plugin sends to a device. */
export interface DevicePublish {
  readonly workspaceId: string
  /** Serial number of the controller, or of its aircraft. */
  readonly serial: string
  /** Such as `thing/payload/orders`. */
  readonly topic: string
  /** Becomes JSON. */
  readonly message: object
  /** How hard the broker tries to deliver it. @default 1 */
  readonly qos?: 0 | 1 | undefined
}

/** All that a plugin is given. It never reaches for anything else. */
export interface PluginContext<Events extends EventSchemas = EventSchemas> {
  readonly id: string
  readonly clock: Clock
  /** Each line carries the plugin's id. */
  readonly logger: Logger
  readonly options: PluginOptions
  readonly sessions: PluginSessions
  /** Who is there, what they report, and what to tell them. */
  readonly devices: Devices
  /** Events of the platform. A listener that throws or rejects is logged. The last ones come before `close`. */
  readonly on: CloudEmitter['on']
  /** One of its own events, to the listeners of `cloud.on`. @throws TypeError for a name or fields that its schemas do not have */
  emit<Name extends keyof Events & string>(name: Name, event: z.input<Events[Name]>): void
  /**
   * To the WebSockets of a workspace, on every node.
   * @throws TypeError for a `biz_code` that the part `pushes` does not list
   */
  push(
    workspaceId: string,
    push: { readonly biz_code: string; readonly data: Readonly<Record<string, unknown>> },
  ): void
  /**
   * To a device of this workspace, on a topic that the part `topics` has with `publisher: 'cloud'`. Resolves when the broker
   * has it, which does not say that the device has heard it.
   * @throws DjiCloudError DEVICE_UNKNOWN, BROKER_UNAVAILABLE; TypeError for another topic
   */
  publish(message: DevicePublish): Promise<void>
  /** An error of its own table, to be thrown by handlers. */
  error(name: string, details?: ErrorDetails): DjiCloudError
  /**
   * Keys of 32 bytes for a purpose of its own, made of the platform's secrets: the same on every node and after a restart.
   * Newest first: sign with the first, accept all, as secrets are rotated.
   */
  deriveKeys(purpose: string): readonly Uint8Array[]
  /** Where the client of this request reaches the platform. */
  publicBase(request: Pick<HttpRequest, 'host' | 'secure' | 'mount'>): PublicBase
  /** The root of links in a page: the path of `publicUrl`, or the way from the page. */
  pageRoot(request: Pick<HttpRequest, 'host' | 'secure' | 'mount' | 'path'>): string
  /** The broker's address for a controller that reaches this server by that name. */
  mqttAddress(hostname: string): string
  /** What a plugin of `dependsOn` offers. @throws TypeError for any other */
  plugin(id: string): unknown
  /** Calls `run` regularly until the platform closes. One that is still running is not called again. */
  every(ms: number, name: string, run: () => unknown): void
}
