import type { Guard } from './access/guard.ts'
import type { HostSessions } from './access/host-sessions.ts'
import type { SessionService } from './access/sessions.ts'
import type { Devices } from './devices/service.ts'
import type { CloudEmitter } from './events.ts'
import type { CloudHealth } from './health/report.ts'
import type { Assets } from './http/handlers/assets.ts'
import type { HttpPlatform } from './http/types.ts'
import type { MetricReading } from './metrics/types.ts'
import type { LegacyAccounts } from './mqtt/legacy.ts'
import type { Fault } from './options/faults.ts'
import type { ParsedOptions } from './options/schema.ts'
import type { Renderer } from './pages/render.ts'
import type { AnyPlugin } from './plugins/define.ts'
import type { PageAdditions } from './plugins/pages.ts'
import type { Connectors } from './ports/connections.ts'
import type {
  BrokerAdapter,
  DeviceStore,
  EndedSession,
  Logger,
  RateLimitStore,
  Session,
  SessionStore,
  SharedStore,
  UserStore,
} from './ports/index.ts'
import type { Hub } from './realtime/hub.ts'

/** Everything that core needs from the outside, chosen by src/dji-cloud.ts. */
export interface CloudParts {
  readonly options: ParsedOptions
  /** Newest first. The first one signs. */
  readonly secrets: readonly string[]
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly rateLimitStore: RateLimitStore
  /** Makes the fault of a plugin that has limits; null: it may have them. */
  readonly limitFault: ((plugin: string) => Fault) | null
  /** The store for values that plugins share among nodes. */
  readonly shared: SharedStore
  readonly connectors: Connectors
  readonly devices: DeviceStore
  readonly broker: BrokerAdapter
  /** Makes the renderer, after all plugins have named their additions to the pages. */
  readonly renderer: (additions: PageAdditions) => Renderer
  readonly assets: Assets
  readonly logger: Logger
  /** The workspace of anonymous MQTT clients, if an option allows them. */
  readonly anonymousWorkspace: string
  /** Checked: no plugin has a fault of its own. */
  readonly plugins: readonly AnyPlugin[]
  readonly legacy: LegacyAccounts
}

export interface Core {
  readonly http: HttpPlatform
  readonly hub: Hub
  readonly devices: Devices
  readonly sessions: SessionService
  readonly hostSessions: HostSessions
  readonly emitter: CloudEmitter
  /** Returns the session of a valid token. For anything else, it throws the fitting 401. */
  readonly admit: (token: string | undefined) => Promise<Session>
  readonly guard: Guard
  readonly closing: () => boolean
  readonly metrics: () => readonly MetricReading[]
  /** `cloud.plugins` */
  readonly plugins: Readonly<Record<string, unknown>>
  /** All texts of the pages in this language, with those of the plugins and the host. */
  readonly pageTexts: (language: string) => Readonly<Record<string, string>>
  readonly onSessionEnded: (listener: (ended: EndedSession) => unknown) => () => void
  health(): CloudHealth
  /** Resolves when the broker is up. Rejects with BROKER_START; HTTP requests are answered anyway. */
  ready(): Promise<void>
  /** Stops the broker and closes sockets. The host's own server keeps running. Can be called again. */
  close(): Promise<void>
}
