import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { Receiver } from 'ws'
import { textFrames } from '../../../src/adapters/realtime/frames.ts'

// Each length needs another form of the head (RFC 6455, section 5.2).
test.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])(
  'a message of %i bytes is read as it was',
  async (length) => {
    const texts = ['first', 'ü'.repeat(length >> 1) + 'x'.repeat(length & 1), 'last']
    const frames = textFrames(texts.map((text) => Buffer.from(text)))
    const receiver = new Receiver({ isServer: false, maxPayload: 0 })
    const heard: [string, boolean][] = []
    receiver.on('message', (data: Buffer, isBinary: boolean) => heard.push([String(data), isBinary]))
    const wire = new PassThrough()
    wire.pipe(receiver)
    wire.end(frames)
    await once(receiver, 'finish')
    expect(heard).toEqual(texts.map((text) => [text, false]))
  },
)

test('no messages are no bytes', () => {
  expect(textFrames([])).toHaveLength(0)
})
