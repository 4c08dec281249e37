import { expect, it } from 'vitest'
import { readLogLine } from '../../../src/adapters/brokers/mosquitto/log-lines.ts'

it.each([
  [
    "1795375863: New client connected from 127.0.0.1:53466 as G1 (p5, c1, k60, u'S1.G1').",
    { kind: 'connected', clientId: 'G1', username: 'S1.G1', address: '127.0.0.1' },
  ],
  [
    '1795375864: Client G1 been disconnected by administrative action.',
    { kind: 'disconnected', clientId: 'G1' },
  ],
  ['Client G1 disconnected.', { kind: 'disconnected', clientId: 'G1' }],
  ['Client G1 closed its connection.', { kind: 'disconnected', clientId: 'G1' }],
  ['Client G1 has exceeded timeout, disconnecting.', { kind: 'disconnected', clientId: 'G1' }],
  // The newer connection of the same client follows.
  ['Client G1 already connected, closing old connection.', null],
  ['New connection from 127.0.0.1:53466 on port 1883.', null],
])('%s', (line, read) => {
  expect(readLogLine(line)).toEqual(read)
})
