import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { textFrames } from '../../../src/adapters/realtime/frames.ts'

/** What a client hears when these bytes are written to its WebSocket. */
async function heardOf(frames: Buffer, count: number): Promise<[string, boolean][]> {
  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer().listen(0, '127.0.0.1')
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, () => socket.write(frames)),
  )
  await once(server, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  try {
    const heard: [string, boolean][] = []
    await new Promise<void>((resolve, reject) => {
      client.on('error', reject)
      client.on('close', () => reject(new Error('The client closed the WebSocket.')))
      client.on('message', (data, isBinary) => {
        if (heard.push([String(data), isBinary]) === count) resolve()
      })
    })
    return heard
  } finally {
    client.terminate()
    server.close()
  }
}

// Each length needs another form of the head (RFC 6455, section 5.2).
test.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])(
  'a message of %i bytes is read as it was',
  async (length) => {
    const texts = ['first', 'ü'.repeat(length >> 1) + 'x'.repeat(length & 1), 'last']
    const heard = await heardOf(textFrames(texts.map((text) => Buffer.from(text))), texts.length)
    expect(heard).toEqual(texts.map((text) => [text, false]))
  },
)

test('no messages are no bytes', () => {
  expect(textFrames([])).toHaveLength(0)
})
