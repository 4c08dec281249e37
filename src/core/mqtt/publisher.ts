import type { InboundMessage } from '../ports/broker.ts'
import { parseEnvelope } from './messages.ts'
import { parseProductTopic } from './topics.ts'

/** Which gateway a message on a device's topic comes from. */
export interface Publisher {
  /** Null: no topic of the Cloud API. */
  of(message: Pick<InboundMessage, 'topic' | 'payload'>): string | null
  /** Several gateways may publish on the topics of this device. */
  isShared(serial: string): boolean
}

/**
 * Brokers elsewhere do not say who published. Of an aircraft that one gateway is linked to it is that one; of one with two
 * it is the one that the message names in `gateway` (facts D3), and otherwise the one that holds it. What the message
 * names is believed among those that are linked: whether that one may speak is decided afterwards.
 */
export function createPublisher(parts: {
  readonly gatewayOf: (aircraft: string) => string | null
  readonly linkedTo: (aircraft: string) => readonly string[]
}): Publisher {
  const { gatewayOf, linkedTo } = parts
  return {
    of({ topic, payload }) {
      const serial = parseProductTopic(topic)?.serial
      if (serial === undefined) return null
      const linked = linkedTo(serial)
      if (linked.length > 1) {
        const envelope = parseEnvelope(payload)
        const named = envelope.ok ? envelope.value.gateway : undefined
        if (named !== undefined && linked.includes(named)) return named
      }
      return gatewayOf(serial) ?? linked[0] ?? serial
    },
    isShared: (serial) => linkedTo(serial).length > 1,
  }
}
