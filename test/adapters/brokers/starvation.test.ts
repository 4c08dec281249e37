import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { startBroker, type TestBroker } from '../../support/mqtt-broker.ts'
import { rawConnect } from '../../support/mqtt-raw.ts'

/*
 * 2,000 connections that never say who they are, and 99 controllers that want in meanwhile. Linux has all of 127.0.0.0/8
 * as addresses of its own, so those are real connections from different addresses.
 */

let broker: TestBroker
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await broker.stop()
})

async function open(from: string): Promise<Socket> {
  const socket = connect({ port: broker.tcpPort, host: '127.0.0.1', localAddress: from })
  sockets.push(socket)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** True when CONNACK says yes. */
async function getsIn(from: string, name: string): Promise<boolean> {
  const socket = await open(from)
  socket.write(rawConnect(name, name, 'W1:S1'))
  const answer = await Promise.race([
    once(socket, 'data').then(
      ([data]) => data as Buffer,
      () => null,
    ),
    new Promise<null>((resolve) => socket.once('close', () => resolve(null))),
  ])
  return answer?.readUInt8(3) === 0
}

async function silence(count: number, from: (index: number) => string): Promise<void> {
  for (let start = 0; start < count; start += 100)
    await Promise.all(Array.from({ length: 100 }, (_, index) => open(from(start + index))))
}

const places: Readonly<Record<string, (index: number) => string>> = {
  'of other addresses': (index) => `127.0.1.${index + 1}`,
  'of the same address': () => '127.9.9.9',
}

// Before there was a share for each address, 0 of 99 got in, for as long as the silent ones came back.
describe.each(Object.entries(places))(
  '2,000 silent connections from one address: 99 controllers',
  (name, from) => {
    it(`${name} get in`, async () => {
      broker = await startBroker({ options: { limits: { unauthenticatedMs: 60_000 } } })
      await silence(2_000, () => '127.9.9.9')
      const answers = await Promise.all(
        Array.from({ length: 99 }, (_, index) => getsIn(from(index), `RC${index}`)),
      )
      expect(answers.filter(Boolean)).toHaveLength(99)
    }, 60_000)
  },
)

it('2,000 addresses with one silent connection each: a controller that was here before gets in', async () => {
  broker = await startBroker({ options: { limits: { unauthenticatedMs: 60_000 } } })
  expect(await getsIn('127.1.1.1', 'RC1')).toBe(true)
  await silence(2_100, (index) => `127.2.${index >> 8}.${index & 255 || 1}`)
  expect(await getsIn('127.1.1.1', 'RC2')).toBe(true)
  expect(await getsIn('127.3.3.3', 'RC3')).toBe(true)
}, 60_000)

it('silent connections keep none of the places of controllers', async () => {
  broker = await startBroker({
    options: { limits: { unauthenticatedMs: 60_000, connections: 50, connectionsPerAddress: 50 } },
  })
  await silence(500, () => '127.9.9.9')
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => getsIn('127.9.9.9', `RC${index}`)),
  )
  expect(answers.filter(Boolean)).toHaveLength(50)
  expect(await getsIn('127.8.8.8', 'RC99')).toBe(false)
}, 60_000)
