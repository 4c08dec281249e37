import type { AedesBroker, AedesClient, AedesConnect, AedesPublish } from './aedes.ts'
import type { Link } from './link.ts'
import { publishSize } from './packet-size.ts'
import { limitDelivery } from './window.ts'

/** A CONNACK and a SUBACK of ours, without a word of explanation. Who takes less can be told nothing. */
const LEAST_PACKET = 128
/** Below this a reason in words is left out. */
const ROOM_FOR_REASONS = 1_024

/** Null: nothing wrong with what the client says it takes. */
export function wrongWith({ properties }: AedesConnect): string | null {
  if (properties?.receiveMaximum === 0) return 'Receive Maximum is 0'
  const { maximumPacketSize } = properties ?? {}
  if (maximumPacketSize === undefined || maximumPacketSize >= LEAST_PACKET) return null
  return `Maximum Packet Size is below ${LEAST_PACKET}`
}

/**
 * Whether the client takes a message of this size, now.
 * @param now ms since the epoch. It is asked only for a message that expires.
 */
export function isWanted(client: AedesClient, packet: AedesPublish, now: () => number): boolean {
  const { maximumPacketSize: most, version } = client
  if (packet.messageExpiry !== undefined && packet.messageExpiry <= now()) return false
  return most === undefined || publishSize(packet, version) <= most
}

/** Once the client is let in: what it said about itself holds from now on. */
export function prepareDelivery(broker: AedesBroker, link: Link): void {
  const { client } = link
  if (client.version !== 5) return
  // Without an expiry a session ends with this connection, and is resumed in it all the same: aedes would throw its queue away.
  if (client.clean && client._cleanStart === false) client.clean = false
  if ((client.maximumPacketSize ?? ROOM_FOR_REASONS) < ROOM_FOR_REASONS)
    client._requestProblemInformation = false
  link.window = limitDelivery(client, (packet) => broker.authorizeForward(client, packet) !== null)
}

/** The queue of a resumed session is sent no faster than the client acknowledges it. */
export function holdBackQueues(broker: AedesBroker, linkOf: (client: AedesClient) => Link | undefined): void {
  const { persistence } = broker
  const update = persistence.outgoingUpdate.bind(persistence)
  persistence.outgoingUpdate = async (owner, packet) => {
    // It is the client: aedes hands on what it was given.
    const window = linkOf(owner as AedesClient)?.window
    if (window?.isResuming() === true) await window.slot()
    return update(owner, packet)
  }
  broker.on('clientReady', (client) => linkOf(client)?.window?.opened())
}
