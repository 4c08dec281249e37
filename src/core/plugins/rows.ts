import type { z } from 'zod'
import type { WorkspaceDevices } from '../devices/scoped.ts'
import type { HttpRequest, HttpResponse } from '../http/types.ts'
import type { Awaitable } from './route-row.ts'

/** The sender of a message. */
export interface DeviceMessageContext {
  readonly workspaceId: string
  /** Serial number of the controller. */
  readonly gateway: string
  /** Serial number in the topic: that of the controller or of its aircraft. */
  readonly serial: string
  readonly method: string
  /** The devices of that workspace, and no others. */
  readonly devices: WorkspaceDevices
}

/** A request that gateways send, such as `storage_config_get`. */
export interface DeviceRequestRow<Input extends z.ZodType = z.ZodType> {
  /** Shape of `data`. Make it lenient: firmware differs. A request that does not fit is answered with result 1 and emitted as `message.invalid`. */
  readonly input: Input
  /**
   * @returns `output` of the reply, with result 0; undefined: no output. To answer with another result, throw a
   * `DeviceRefusal`. Any other thrown value is logged, and the answer has result 1.
   */
  handle(data: z.output<Input>, context: DeviceMessageContext): unknown
}

/** An event that devices send, such as `file_upload_callback`. */
export interface DeviceEventRow<Input extends z.ZodType = z.ZodType> {
  readonly input: Input
  /** @returns `output` of the reply, if the device wants a reply. The host gets `device.event` in any case. */
  handle(data: z.output<Input>, context: DeviceMessageContext): unknown
}

/** Types the handler of a row of `deviceRequests` from its `input`. */
export const deviceRequest = <Input extends z.ZodType>(row: DeviceRequestRow<Input>): DeviceRequestRow =>
  row as unknown as DeviceRequestRow
/** Types the handler of a row of `deviceEvents` from its `input`. */
export const deviceEvent = <Input extends z.ZodType>(row: DeviceEventRow<Input>): DeviceEventRow =>
  row as unknown as DeviceEventRow

/** The sender of a message on a topic of the plugin. */
export interface TopicContext extends Omit<DeviceMessageContext, 'method'> {
  /** The key of the row, such as `thing/payload/report`. */
  readonly topic: string
}

/** A topic on which devices publish. */
export interface UpwardTopicRow<Input extends z.ZodType = z.ZodType> {
  /** `gateway`: the controller, with its own serial number. `device`: also with that of its aircraft. */
  readonly publisher: 'gateway' | 'device'
  /**
   * Shape of the whole message, a JSON object. Make it lenient: firmware differs. A message that does not fit is emitted as
   * `message.invalid` and not handled.
   */
  readonly input: Input
  /** If it throws, the error is logged. The host gets `device.event` with the message in any case. */
  handle(message: z.output<Input>, context: TopicContext): unknown
}

/** A topic on which the plugin publishes, with `context.publish`. Devices may subscribe to it, and never publish there. */
export interface DownwardTopicRow {
  readonly publisher: 'cloud'
}

/** One MQTT topic of a plugin. */
export type TopicRow = UpwardTopicRow | DownwardTopicRow

/** Types the handler of a topic from its `input`. */
export const deviceTopic = <Input extends z.ZodType>(row: UpwardTopicRow<Input>): TopicRow =>
  row as unknown as TopicRow

/** A handler of `deviceRequests` or `deviceEvents` throws it to answer the device with this result. */
export class DeviceRefusal extends Error {
  override readonly name = 'DeviceRefusal'
  /** Not 0. */
  readonly result: number
  constructor(result: number, message = `The request was answered with the result ${result}.`) {
    super(message)
    this.result = result
  }
}

/** Changes the answers of `/pilot` and the paths below it, after the platform has made them. */
export type PilotResponseTransform = (answer: HttpResponse, request: HttpRequest) => Awaitable<HttpResponse>
