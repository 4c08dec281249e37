import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AedesClient, AedesParsed } from './aedes.ts'

/**
 * Counts what arrives before the peer is let in: aedes by itself buffers whatever is sent (facts brokers: 120 MB).
 * @param socket the one that counts bytes, which under WebSocket is not the stream that aedes reads
 * @returns call it when the peer is let in
 */
export function limitBytes(conn: Duplex, socket: Socket, limit: number, exceeded: () => void): () => void {
  // What a front has looked at and put back is still to come.
  const before = socket.bytesRead - conn.readableLength
  const check = (): void => {
    if (socket.bytesRead - before <= limit) return
    conn.off('readable', check)
    exceeded()
  }
  // Ahead of aedes, which reads in the same event.
  conn.prependListener('readable', check)
  return () => conn.off('readable', check)
}

/** aedes keeps topics as keys of plain objects; these would be found there without ever having been put in. */
const isInherited = (topic: string): boolean => topic in Object.prototype

const isHostile = (packet: AedesParsed): boolean =>
  packet.subscriptions?.some(({ topic }) => isInherited(topic)) === true ||
  packet.unsubscriptions?.some(isInherited) === true

/**
 * Stands between parser and aedes. What `count` refuses goes no further: its sender has been closed. And a packet that would make aedes throw, or does, costs its sender the connection and
 * not the host its process. SUBSCRIBE or UNSUBSCRIBE of `__proto__` or `constructor` was such a packet [seen, 2.0.0-beta.1].
 */
export function guardPackets(client: AedesClient, count: (packet: AedesParsed) => boolean): void {
  const parser = client._parser
  // aedes has exactly one listener here in both lines of versions; it is called with the parser as `this`.
  const [handle] = parser.listeners('packet') as readonly ((packet: AedesParsed) => void)[]
  if (handle === undefined) return
  parser.removeAllListeners('packet')
  parser.on('packet', (packet) => {
    try {
      if (!count(packet)) return
      if (isHostile(packet)) throw new Error('topic is an inherited name')
      handle.call(parser, packet)
    } catch (error) {
      client.emit('error', error instanceof Error ? error : new Error('packet could not be handled'))
    }
  })
}
