import type { AedesBroker, AedesClient, AedesPacket, AedesParsed } from './aedes.ts'
import { NotStored } from './outage.ts'

type Done = (error?: Error | null) => void
type Publish = (packet: AedesPacket, client: AedesClient | Done | null, done?: Done) => void

export interface LateAcks {
  /** Call it before aedes sees a packet. */
  begin(packet: AedesParsed): void
  /** Call it when the packet is refused: aedes then answers it as usual. */
  refused(packet: AedesPacket): void
}

const UNSPECIFIED = 0x80

/**
 * Acknowledges a QoS 1 message after it was stored and delivered. aedes itself acknowledges it earlier, even if it
 * cannot be stored. So until aedes publishes the message, it gets it as a QoS 0 message, which it does not acknowledge.
 */
export function acknowledgeLate(broker: AedesBroker): LateAcks {
  const pending = new WeakSet<object>()
  const publish = broker.publish.bind(broker) as unknown as Publish

  const restore = (packet: AedesPacket): boolean => {
    if (!pending.delete(packet)) return false
    Object.assign(packet, { qos: 1 })
    return true
  }

  function acknowledge(client: AedesClient, packet: AedesParsed, reason: number): void {
    const { conn } = client
    if (client.closed || conn.destroyed) return
    const id = packet.messageId ?? 0
    const head = reason === 0 ? [0x40, 2] : [0x40, 3]
    conn.write(Buffer.from([...head, id >> 8, id & 255, ...(reason === 0 ? [] : [reason])]))
  }

  const late: Publish = (packet, client, done) => {
    if (typeof client === 'function' || client === null || !restore(packet))
      return publish(packet, client, done)
    publish(packet, client, (error) => {
      const lost = error instanceof NotStored
      if (!error) acknowledge(client, packet as unknown as AedesParsed, 0)
      // MQTT 3 has no negative PUBACK. Such a client sends the message again after it has reconnected.
      else if (lost && client.version === 5)
        acknowledge(client, packet as unknown as AedesParsed, UNSPECIFIED)
      done?.(lost ? null : error)
    })
  }
  Object.assign(broker, { publish: late })

  return {
    begin(packet) {
      if (packet.cmd !== 'publish' || packet.qos !== 1) return
      pending.add(packet)
      Object.assign(packet, { qos: 0 })
    },
    refused: (packet) => void restore(packet),
  }
}
