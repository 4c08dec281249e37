import { connect, type Socket } from 'node:net'

/** MQTT 3.1.1 written by hand, because a client library would cost more CPU than the measured work. */
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}

function packet(head: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const size: number[] = []
  let left = body.length
  do {
    size.push((left & 127) | (left > 127 ? 128 : 0))
    left >>= 7
  } while (left > 0)
  return Buffer.concat([Buffer.from([head, ...size]), body])
}

export interface Login {
  readonly port: number
  readonly username: string
  readonly password: string
}

export const connectPacket = ({ username, password }: Login, clientId: string): Buffer =>
  packet(0x10, text('MQTT'), Buffer.from([4, 0xc2, 0, 60]), text(clientId), text(username), text(password))

export const subscribePacket = (filter: string, qos: 0 | 1): Buffer =>
  packet(0x82, Buffer.from([0, 1]), text(filter), Buffer.from([qos]))

export const publishPacket = (topic: string, payload: Buffer, qos: 0 | 1, id: number): Buffer =>
  qos === 0
    ? packet(0x30, text(topic), payload)
    : packet(0x32, text(topic), Buffer.from([id >> 8, id & 255]), payload)

export const puback = (id: number): Buffer => Buffer.from([0x40, 2, id >> 8, id & 255])

/** Calls `take` for every packet, with the body but without the fixed header. */
export function onPackets(socket: Socket, take: (kind: number, flags: number, body: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    let at = 0
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    for (;;) {
      let size = 0
      let shift = 0
      let next = at + 1
      for (; next < all.length; next += 1, shift += 7) {
        size |= (all[next]! & 127) << shift
        if (all[next]! < 128) break
      }
      if (next >= all.length || next + 1 + size > all.length) break
      take(all[at]! >> 4, all[at]! & 15, all.subarray(next + 1, next + 1 + size))
      at = next + 1 + size
    }
    rest = all.subarray(at)
  })
}

/** Resolves when the broker has accepted the client. */
export function enter(login: Login, clientId: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: login.port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
    socket.once('connect', () => socket.write(connectPacket(login, clientId)))
    socket.once('data', (bytes: Buffer) =>
      bytes[0] === 0x20 && bytes[3] === 0 ? resolve(socket) : reject(new Error(`refused: ${bytes[3]}`)),
    )
  })
}
