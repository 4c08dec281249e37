import type { Devices } from '../devices/service.ts'
import { DjiCloudError } from '../errors.ts'
import { kindFault, type TopicHandler, topicOf } from '../mqtt/topic-table.ts'
import type { Logger, OutboundMessage } from '../ports/index.ts'
import type { DevicePublish } from './context.ts'
import { fieldOf } from './device-messages.ts'
import type { TopicContext, TopicRow, UpwardTopicRow } from './rows.ts'

/** What is wrong with a row of `topics`; null: nothing. */
export function topicFault(kind: string, row: TopicRow): string | null {
  const problem = kindFault(kind)
  if (problem !== null) return `has the topic "${kind}", which ${problem}`
  const { publisher } = row
  if (publisher === 'cloud') return null
  if (publisher !== 'gateway' && publisher !== 'device')
    return `has the topic ${kind}; publisher needs to be 'gateway', 'device' or 'cloud'`
  const { input, handle } = row
  if (typeof input?.safeParseAsync !== 'function')
    return `has the topic ${kind} without a zod schema as input`
  return typeof handle === 'function' ? null : `has the topic ${kind} without a function handle`
}

/** The handler of a row of `topics`. It never rejects. */
export function topicHandler(
  row: UpwardTopicRow,
  logger: Logger,
  devicesIn: Devices['in'],
  invalid: (context: TopicContext, reason: string) => void,
): TopicHandler {
  return async ({ message, ...from }) => {
    const context: TopicContext = { ...from, devices: devicesIn(from.workspaceId) }
    try {
      const parsed = await row.input.safeParseAsync(message)
      if (parsed.success) await row.handle(parsed.data, context)
      else invalid(context, fieldOf(parsed.error, []))
    } catch (error) {
      const { topic, gateway } = context
      logger.error(
        { err: error, topic, gateway },
        'The handler for a message of a device failed. See the error.',
      )
    }
  }
}

/** Publishes for one plugin: on its own topics only, and to known devices only. */
export function createPublish(parts: {
  readonly id: string
  /** The plugin's part `topics`, after set-up. */
  readonly topics: () => Readonly<Record<string, TopicRow>>
  readonly devicesIn: Devices['in']
  readonly publish: (message: OutboundMessage) => Promise<void>
}) {
  return async ({ workspaceId, serial, topic, message, qos = 1 }: DevicePublish): Promise<void> => {
    const rows = parts.topics()
    if (!Object.hasOwn(rows, topic) || rows[topic]?.publisher !== 'cloud')
      throw new TypeError(
        `The plugin ${parts.id} does not list "${topic}" in its part topics with publisher: 'cloud'.`,
      )
    if (parts.devicesIn(workspaceId).get(serial) === null)
      throw new DjiCloudError('DEVICE_UNKNOWN', { data: { device: serial } })
    await parts.publish({ topic: topicOf(topic, serial), payload: JSON.stringify(message), qos })
  }
}
