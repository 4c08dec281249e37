import type { z } from 'zod'
import type { Fault } from '../options/faults.ts'
import type { ModuleName } from '../pages/page-data.ts'
import type { EndReason } from '../ports/index.ts'
import type { SignInSource } from '../sign-in/source.ts'
import type { PluginContext, PluginOptions } from './context.ts'
import type { DoctorCheck } from './doctor-checks.ts'
import type { PluginErrors } from './errors.ts'
import type { EventSchemas } from './events.ts'
import type { MigratedPlugin } from './migrations.ts'
import type { PagesPart } from './pages.ts'
import type { PluginHealth } from './plugin-health.ts'
import type { PluginRoute } from './route-row.ts'
import type { DeviceEventRow, DeviceRequestRow, PilotResponseTransform, TopicRow } from './rows.ts'

/** What a session left behind when it ended. */
export interface EndedSession {
  readonly sessionId: string
  readonly reason: EndReason
  /** False: it was ended at another node of the app, which has told this one. */
  readonly endedHere: boolean
}

/** A serial number that its workspace has given up. */
export interface ReleasedDevice {
  readonly serial: string
  readonly workspaceId: string
}

/** What a plugin brings. Every part is optional. */
export interface PluginParts<Api = unknown> {
  readonly routes?: readonly PluginRoute[] | undefined
  /** What gateways ask for, by method. */
  readonly deviceRequests?: Readonly<Record<string, DeviceRequestRow>> | undefined
  /** What devices tell, by method. */
  readonly deviceEvents?: Readonly<Record<string, DeviceEventRow>> | undefined
  /**
   * Further MQTT topics of devices, by `thing/` or `sys/` and what follows the serial number: `thing/payload/report` is
   * `thing/product/{sn}/payload/report`. A controller may publish and hear them for itself and its aircraft only.
   */
  readonly topics?: Readonly<Record<string, TopicRow>> | undefined
  /** Each `biz_code` that `context.push` sends to the WebSockets of a workspace. */
  readonly pushes?: readonly string[] | undefined
  /** What `npx dji-cloud doctor` asks for it, each with a remedy. */
  readonly doctor?: readonly DoctorCheck[] | undefined
  /** Modules of Pilot that it switches on. Their parameters are those of the option `modules`, which may still set them. */
  readonly modules?: readonly ModuleName[] | undefined
  readonly pages?: PagesPart | undefined
  /** Other logins, which the login page offers beside the password. Asked in this order, for each page. */
  readonly signIn?: readonly SignInSource[] | undefined
  /** For tools that show the pages in their own way; the bundled simulator and recorder are. */
  readonly transformPilotResponse?: PilotResponseTransform | undefined
  /** What it brings along for other plugins, by the id of the plugin that reads it. One that is not there is no fault. */
  readonly contributes?: Readonly<Record<string, readonly unknown[]>> | undefined
  /** Awaited, after sockets and MQTT connections of the session are closed. */
  onSessionEnded?(ended: EndedSession): unknown
  /** A workspace has given a serial number up. Awaited. */
  onDeviceReleased?(released: ReleasedDevice): unknown
  /** Asked for every `cloud.health()`: says what it knows, and waits for nothing. */
  health?(): PluginHealth
  /** Awaited when the platform closes, before the plugins that it depends on are closed. */
  close?(): unknown
  /** What the host calls: `cloud.plugins.{id}`. */
  readonly api?: Api
}

/** What a plugin is: data, and one function that makes its parts. */
export interface Plugin<
  Id extends string = string,
  Api = unknown,
  Events extends EventSchemas = EventSchemas,
  Errors extends PluginErrors = PluginErrors,
> {
  /** Small letters, digits and hyphens, such as `flight-log`. */
  readonly id: Id
  /** Ids of plugins that are set up before this one; one that is missing is a start-up error. */
  readonly dependsOn?: readonly string[] | undefined
  readonly errors?: Errors | undefined
  /** What it emits. Names must not be those of the platform or of another plugin. */
  readonly events?: Events | undefined
  /** Its tables, by name of the step such as `001_flights`: `migrateSql({ db, plugins })` runs them once, in that order. */
  readonly migrations?: MigratedPlugin['migrations'] | undefined
  /** Looks at the options at the start; what it finds stands in the same error as every other fault. */
  check?(options: PluginOptions): readonly PluginFault[]
  /** Called once, before the platform starts. Waits for nothing: what takes time is done when it is first needed. */
  setup(context: PluginContext<Events, Errors>): PluginParts<Api>
}

/** A start-up fault: which option, and how to repair it. Never the value, which may be a secret. */
export type PluginFault = Pick<Fault, 'option' | 'fix'>

/** Any plugin, whatever its own types are. */
// biome-ignore lint/suspicious/noExplicitAny: a plugin's own types are found by inference, here they do not matter
export type AnyPlugin = Plugin<string, any, any, any>

/** Types a plugin by what it says of itself. */
export function definePlugin<
  const Id extends string,
  Api = undefined,
  // biome-ignore lint/complexity/noBannedTypes: no events
  Events extends EventSchemas = {},
  // biome-ignore lint/complexity/noBannedTypes: no errors
  const Errors extends PluginErrors = {},
>(plugin: Plugin<Id, Api, Events, Errors>): Plugin<Id, Api, Events, Errors> {
  return plugin
}

/** `cloud.plugins`: by id, what each plugin offers; `unknown` where the plugins are not known by type. */
export type PluginApis<Plugins extends readonly AnyPlugin[]> = {
  readonly [One in Plugins[number] as One['id']]: ApiOf<One>
}

type ApiOf<One> = One extends Plugin<string, infer Api, infer _Events, infer _Errors> ? NeverAny<Api> : never
type NeverAny<Type> = 0 extends 1 & Type ? unknown : Type
type EventsOf<One> = One extends Plugin<string, infer _, infer Events, infer _Errors> ? Events : never

type Joined<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never

/** The events of all plugins, for `cloud.on`. */
export type PluginEvents<Plugins extends readonly AnyPlugin[]> = {
  readonly [Name in keyof Joined<EventsOf<Plugins[number]>>]: Joined<
    EventsOf<Plugins[number]>
  >[Name] extends z.ZodType<infer Event>
    ? Event
    : never
}
