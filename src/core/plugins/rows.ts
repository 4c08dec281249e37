import type { z } from 'zod'
import type { WorkspaceDevices } from '../devices/scoped.ts'
import type { HttpRequest, HttpResponse } from '../http/types.ts'
import type { Awaitable } from './route-row.ts'

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
