import type { z } from 'zod'
import type { Fault } from '../options/faults.ts'
import type { ModuleName } from '../pages/page-data.ts'
import type { EndedSession } from '../ports/index.ts'
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

/** A serial number that its workspace has released. */
export interface ReleasedDevice {
  readonly serial: string
  readonly workspaceId: string
}

/** The parts of a plugin. Each is optional. */
export interface PluginParts<Api = unknown> {
  readonly routes?: readonly PluginRoute[] | undefined
  /** Handlers for requests of gateways, by method. */
  readonly deviceRequests?: Readonly<Record<string, DeviceRequestRow>> | undefined
  /** Handlers for events of devices, by method. */
  readonly deviceEvents?: Readonly<Record<string, DeviceEventRow>> | undefined
  /**
   * Further MQTT topics of devices. The key is the topic without `product/{sn}`: `thing/payload/report` is
   * `thing/product/{sn}/payload/report`. A controller may publish and receive them for itself and its aircraft only.
   */
  readonly topics?: Readonly<Record<string, TopicRow>> | undefined
  /** Each `biz_code` that `context.push` sends to the WebSockets of a workspace. */
  readonly pushes?: readonly string[] | undefined
  /** Requests that `npx dji-cloud doctor` makes to check this plugin, each with a remedy. */
  readonly doctor?: readonly DoctorCheck[] | undefined
  /** Modules of Pilot that it switches on. The host can set their parameters in the option `modules`. */
  readonly modules?: readonly ModuleName[] | undefined
  readonly pages?: PagesPart | undefined
  /** Other ways to log in, which the login page offers in addition to the password. Each page asks them in this order. */
  readonly signIn?: readonly SignInSource[] | undefined
  /** Changes the answers of `/pilot` and below. For tools such as the bundled simulator and recorder. */
  readonly transformPilotResponse?: PilotResponseTransform | undefined
  /** Values for other plugins, by the id of the plugin that reads them. That plugin may be missing. */
  readonly contributes?: Readonly<Record<string, readonly unknown[]>> | undefined
  /** Called when a session has ended and its sockets and MQTT connections are closed. Awaited. */
  onSessionEnded?(ended: EndedSession): unknown
  /** Called when a workspace has released a serial number. Awaited. */
  onDeviceReleased?(released: ReleasedDevice): unknown
  /**
   * Called once, when the platform starts. `cloud.ready()` waits for it, and rejects with what it throws. Use it for
   * things that the plugin cannot work without, such as an optional package. Do not wait for a service that may be down
   * for a moment.
   */
  start?(): unknown
  /** Called by every `cloud.health()`. Synchronous: it reports the last known state. */
  health?(): PluginHealth
  /** Called when the platform closes, before the plugins of `dependsOn` are closed. Awaited. */
  close?(): unknown
  /** The plugin's functions for the host, at `cloud.plugins.{id}`. */
  readonly api?: Api
}

/** A plugin: data, and the function `setup` that makes its parts. */
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
  /** What the app has to give for this plugin to work; what is missing is a start-up error. */
  readonly needs?: readonly PluginNeed[] | undefined
  readonly errors?: Errors | undefined
  /** The events that it emits. The names must differ from those of the platform and of other plugins. */
  readonly events?: Events | undefined
  /** Migrations of its tables, by name such as `001_flights`. `migrateSql({ db, plugins })` runs each once, in the order of names. */
  readonly migrations?: MigratedPlugin['migrations'] | undefined
  /** Checks the options at the start. The start-up error lists its faults together with all others. */
  check?(options: PluginOptions): readonly PluginFault[]
  /** Called once, before the platform starts. Must be synchronous: do slow work when it is first needed. */
  setup(context: PluginContext<Events, Errors>): PluginParts<Api>
}

/**
 * `signIn`: a login that knows who a browser is, from the option `login` or from a plugin with the part `signIn`.
 * `shared`: if several processes run the app, the option `shared` with a store that all of them use.
 */
export type PluginNeed = 'signIn' | 'shared'

/** A start-up fault: the option, and how to repair it. Never the value: it may be a secret. */
export interface PluginFault extends Pick<Fault, 'option' | 'fix'> {
  /** The environment variable that sets the option. @default none */
  readonly variable?: string | undefined
}

/** Any plugin, with any types of its own. */
// biome-ignore lint/suspicious/noExplicitAny: inference finds a plugin's own types; they do not matter here
export type AnyPlugin = Plugin<string, any, any, any>

/** Returns the plugin as it is, with its types inferred. */
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

/** The type of `cloud.plugins`: the `api` of each plugin by id; `unknown` if the types of the plugins are not known. */
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
