import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** MQTT by the byte, for what no well-behaved client can be made to send. */
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}

/** Fixed header with the length that is claimed, true or not. */
export function header(first: number, length: number): Buffer {
  const bytes = [first]
  let rest = length
  do {
    bytes.push((rest & 127) | (rest > 127 ? 128 : 0))
    rest >>= 7
  } while (rest > 0)
  return Buffer.from(bytes)
}

const packet = (first: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([header(first, body.length), body])
}

export const rawConnect = (clientId: string, username: string, password: string): Buffer =>
  packet(
    0x10,
    text('MQTT'),
    Buffer.from([4, 0b1100_0010, 0, 0]),
    text(clientId),
    text(username),
    text(password),
  )

const noProperties = (version: 4 | 5): Buffer => Buffer.from(version === 5 ? [0] : [])

export const rawSubscribe = (version: 4 | 5, ...filters: string[]): Buffer =>
  packet(
    0x82,
    Buffer.from([0, 1]),
    noProperties(version),
    ...filters.map((filter) => Buffer.concat([text(filter), Buffer.from([0])])),
  )

/** Of MQTT 3. */
export const rawPublish = (topic: string, payload: string, qos: 0 | 1 | 2, id = 1): Buffer =>
  packet(
    0x30 | (qos << 1),
    text(topic),
    Buffer.from(qos === 0 ? [] : [id >> 8, id & 255]),
    Buffer.from(payload),
  )

export const rawUnsubscribe = (version: 4 | 5, ...filters: string[]): Buffer =>
  packet(0xa2, Buffer.from([0, 2]), noProperties(version), ...filters.map(text))

export async function rawSocket(port: number): Promise<Socket & { readonly gone: Promise<void> }> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await once(socket, 'connect')
  return Object.assign(socket, { gone })
}
