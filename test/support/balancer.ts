import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { crc32c } from '../../src/adapters/brokers/embedded/proxy-protocol.ts'

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

export const headerV1 = (source: string, port = 50_000): Buffer =>
  Buffer.from(
    `PROXY TCP${source.includes(':') ? 6 : 4} ${source} ${source.includes(':') ? '::1' : '127.0.0.1'} ${port} 1883\r\n`,
  )

/** @param command 0x21 PROXY, 0x20 LOCAL @param family 0x11 TCP over IPv4, 0x21 over IPv6, 0x31 Unix */
export function headerV2(body: Buffer, { command = 0x21, family = 0x11, length = body.length } = {}): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.from([command, family, length >> 8, length & 255]), body])
}

/** Both addresses with ports, of IPv4. */
export const addressesV4 = (source: string): Buffer =>
  Buffer.from([...source.split('.').map(Number), 127, 0, 0, 1, 0xc3, 0x50, 0x07, 0x5b])

/** An extra field of version 2. */
export const extra = (type: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, value.length >> 8, value.length & 255]), value])

/** A header with its checksum as the last field. */
export function checkedV2(body: Buffer): Buffer {
  const header = headerV2(Buffer.concat([body, extra(3, Buffer.alloc(4))]))
  header.writeUInt32BE(crc32c(header), header.length - 4)
  return header
}

/** A TCP balancer that begins each connection to `port` with what `head` says, in the pieces that it says. */
export async function startBalancer(port: number, head: () => readonly Buffer[]) {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true })
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    far.on('error', () => near.destroy())
    near.on('error', () => far.destroy())
    far.on('close', () => near.destroy())
    far.once('connect', async () => {
      for (const piece of head()) await new Promise((resolve) => far.write(piece, resolve))
      near.pipe(far).pipe(near)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
