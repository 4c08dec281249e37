import type { z } from 'zod'
import type { WorkspaceDevices } from '../devices/scoped.ts'
import type { BodyStream, HttpRequest, HttpResponse } from '../http/types.ts'
import type { Role, Session } from '../ports/index.ts'

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
type Awaitable<Value> = Value | Promise<Value>

/** What the handler of a route is given. */
export interface RouteContext<Body> {
  readonly request: HttpRequest
  /** What stands in the path for `:name` and `:name+`, decoded once. Never `..`, never with a step of it inside. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** What `input` made of the body; undefined without `input`. */
  readonly body: Body
}

/** The same behind a token: who asks. */
export interface GuardedRouteContext<Body> extends RouteContext<Body> {
  /** Its `workspaceId` is the only workspace that the handler may show anything of. */
  readonly session: Session
  /** The devices of the session's workspace, and no others: what the handler looks up and commands devices with. */
  readonly devices: WorkspaceDevices
}

interface RowBase {
  /** GET rows answer HEAD as well, without the body, where there is no HEAD row. OPTIONS needs `guard: 'public'`. */
  readonly method: Method
  /**
   * Below the mount, such as `/flight-log/api/v1/workspaces/:workspace_id/flights`. `:workspace_id` is compared with the
   * session. `:key+` at the end takes one segment or more: `/files/:key+`. Of rows that fit a path, the narrowest counts.
   */
  readonly path: string
  /** One line for the API description. */
  readonly summary?: string | undefined
  /** What the answer's `data` looks like, for the API description and the contract tests. */
  readonly output?: z.ZodType | undefined
  /** Largest body that is read, in bytes. @default the option http.bodyLimit */
  readonly bodyLimit?: number | undefined
  /**
   * Looks at the request before its body is read, and throws to refuse it: for public routes that check a signature or a header.
   */
  readonly admit?: ((request: HttpRequest) => Awaitable<unknown>) | undefined
  /**
   * `data`: what the handler returns is `data` of the envelope. `http`: it returns a whole answer. `page`: the same, and
   * errors are shown as a page. @default 'data'
   */
  readonly answers?: 'data' | 'http' | 'page' | undefined
}

/** A route that needs a valid access token. */
export interface GuardedRow<Input extends z.ZodType = z.ZodType> extends RowBase {
  readonly guard: 'token'
  /** Who may call it. @default every role */
  readonly roles?: readonly Role[] | undefined
  /** Shape of the body; without one the body is not read. */
  readonly input?: Input | undefined
  handle(context: GuardedRouteContext<z.output<Input>>): unknown
}

/** A route that anybody may call. */
export interface PublicRow<Input extends z.ZodType = z.ZodType> extends RowBase {
  readonly guard: 'public'
  readonly input?: Input | undefined
  handle(context: RouteContext<z.output<Input>>): unknown
}

interface StreamPart {
  /** The body is not read but handed on as a stream; `context.body` is a `BodyStream`. */
  readonly body: 'stream'
  /** The most bytes that it may have, as sent and as unpacked. */
  readonly bodyLimit: number
  /**
   * False: the bytes are left as they came, also where `content-encoding` says that they are packed. For what is stored
   * as it is, or has a signature over what was sent. @default true
   */
  readonly unpack?: boolean | undefined
}

/** A route that needs a valid access token, and takes its body while it arrives: a photo, a route file. */
export interface GuardedStreamRow extends RowBase, StreamPart {
  readonly bodyLimit: number
  readonly guard: 'token'
  readonly roles?: readonly Role[] | undefined
  handle(context: GuardedRouteContext<BodyStream>): unknown
}

/** The same without a token, for routes whose `admit` has a door of its own, such as a signed link. */
export interface PublicStreamRow extends RowBase, StreamPart {
  readonly bodyLimit: number
  readonly guard: 'public'
  handle(context: RouteContext<BodyStream>): unknown
}

/** One row of a plugin's routes. A row without `guard` is a start-up error: nothing is open by accident. */
export type PluginRoute = GuardedRow | PublicRow | GuardedStreamRow | PublicStreamRow

/**
 * Types the handler of a row by its `input`: `route({ method: 'POST', path: '/x', guard: 'token', input: z.object({...}),
 * handle: ({ body, session }) => ... })`.
 */
export function route(row: GuardedStreamRow): PluginRoute
export function route(row: PublicStreamRow): PluginRoute
export function route<Input extends z.ZodType>(row: GuardedRow<Input>): PluginRoute
export function route<Input extends z.ZodType>(row: PublicRow<Input>): PluginRoute
export function route(row: PluginRoute): PluginRoute {
  return row
}

/** Who sent a message, and where it came from. */
export interface DeviceMessageContext {
  readonly workspaceId: string
  /** Serial number of the controller. */
  readonly gateway: string
  /** Serial number in the topic: the controller or its aircraft. */
  readonly serial: string
  readonly method: string
  /** The devices of that workspace, and no others. */
  readonly devices: WorkspaceDevices
}

/** What a gateway asks for, such as `storage_config_get`. */
export interface DeviceRequestRow<Input extends z.ZodType = z.ZodType> {
  /** Shape of `data`. Make it lenient: firmware differs. What does not fit is answered with result 1 and told as `message.invalid`. */
  readonly input: Input
  /**
   * @returns `output` of the reply, whose result is 0; undefined: no output. To answer with another result, throw a
   * `DeviceRefusal`. Anything else that is thrown is logged and answered with result 1.
   */
  handle(data: z.output<Input>, context: DeviceMessageContext): unknown
}

/** What a device tells, such as `file_upload_callback`. */
export interface DeviceEventRow<Input extends z.ZodType = z.ZodType> {
  readonly input: Input
  /** @returns `output` of the reply where the device wants one; the event itself is told to the host in any case */
  handle(data: z.output<Input>, context: DeviceMessageContext): unknown
}

/** Types the handler of a row of `deviceRequests` by its `input`. */
export const deviceRequest = <Input extends z.ZodType>(row: DeviceRequestRow<Input>): DeviceRequestRow =>
  row as unknown as DeviceRequestRow
/** Types the handler of a row of `deviceEvents` by its `input`. */
export const deviceEvent = <Input extends z.ZodType>(row: DeviceEventRow<Input>): DeviceEventRow =>
  row as unknown as DeviceEventRow

/** Who sent a message on a topic of the plugin. */
export interface TopicContext extends Omit<DeviceMessageContext, 'method'> {
  /** As the row is called, such as `thing/payload/report`. */
  readonly topic: string
}

/** A topic on which devices publish. */
export interface UpwardTopicRow<Input extends z.ZodType = z.ZodType> {
  /** `gateway`: the controller, with its own serial number. `device`: also with that of its aircraft. */
  readonly publisher: 'gateway' | 'device'
  /**
   * Shape of the whole message, a JSON object. Make it lenient: firmware differs. What does not fit is told as
   * `message.invalid` and not handled.
   */
  readonly input: Input
  /** What it throws is logged. The message itself is told to the host as `device.event` in any case. */
  handle(message: z.output<Input>, context: TopicContext): unknown
}

/** A topic on which the plugin publishes, with `context.publish`. Devices may subscribe to it, and never publish there. */
export interface DownwardTopicRow {
  readonly publisher: 'cloud'
}

/** One MQTT topic of a plugin. */
export type TopicRow = UpwardTopicRow | DownwardTopicRow

/** Types the handler of a topic by its `input`. */
export const deviceTopic = <Input extends z.ZodType>(row: UpwardTopicRow<Input>): TopicRow =>
  row as unknown as TopicRow

/** Thrown by a handler of `deviceRequests` or `deviceEvents`: the device is answered with this result. */
export class DeviceRefusal extends Error {
  override readonly name = 'DeviceRefusal'
  /** Not 0. */
  readonly result: number
  constructor(result: number, message = `The request was answered with the result ${result}.`) {
    super(message)
    this.result = result
  }
}

/** Changes what `/pilot` and the paths below it answer, after the platform has made it. */
export type PilotResponseTransform = (answer: HttpResponse, request: HttpRequest) => Awaitable<HttpResponse>
