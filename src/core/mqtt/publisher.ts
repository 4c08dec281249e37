import type { InboundMessage } from '../ports/broker.ts'
import { parseEnvelope } from './messages.ts'
import { parseProductTopic } from './topics.ts'

/** Which gateway a message on a device's topic comes from. */
export interface Publisher {
  /** Null: it is not a topic of the Cloud API. */
  of(message: Pick<InboundMessage, 'topic' | 'payload'>): string | null
  /** Several gateways may publish on the topics of this device. */
  isShared(serial: string): boolean
}

/**
 * External brokers do not say who published. If one gateway is linked to the aircraft, that gateway is the sender. If
 * two are linked, the sender is the one that the message names in `gateway` (facts D3), or else the one that holds the
 * aircraft. A name is believed only if that gateway is linked to the aircraft. Whether it may speak for the aircraft is
 * decided later.
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
