import { randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, it } from 'vitest'
import { granted, inbox, startBroker, type TestBroker } from '../../support/mqtt-broker.ts'

let broker: TestBroker
const sockets = new Set<Socket>()
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await broker.stop()
})

/** Figures go where the environment says, for docs/brokers/faults.md. */
const note = (line: string): void => {
  const file = process.env['DJI_CLOUD_FIGURES']
  if (file !== undefined) appendFileSync(file, `${line}\n`)
}

function open(): Promise<{ socket: Socket; closed: Promise<void> }> {
  return new Promise((resolve) => {
    const socket = connect(broker.tcpPort, '127.0.0.1')
    sockets.add(socket)
    socket.on('error', () => undefined).resume()
    const closed = new Promise<void>((done) =>
      socket.once('close', () => {
        sockets.delete(socket)
        done()
      }),
    )
    socket.once('connect', () => resolve({ socket, closed }))
    void closed.then(() => resolve({ socket, closed }))
  })
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is in use once the garbage is gone; MiB. */
const inUse = (): number => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}
const held = (): number => {
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

it('10,000 peers that never say who they are: none stays, a controller gets in, memory comes back', async () => {
  broker = await startBroker({
    options: {
      limits: { unauthenticatedMs: 1_000, unauthenticated: 500, connectionsPerAddress: 20_000 },
    },
  })
  const before = inUse()
  let highest = before
  const start = performance.now()
  const ends: Promise<void>[] = []
  for (let batch = 0; batch < 100; batch += 1) {
    const opened = await Promise.all(Array.from({ length: 100 }, open))
    ends.push(...opened.map(({ closed }) => closed))
    highest = Math.max(highest, held())
    if (batch === 50) {
      // In the middle of it: refused while the waiting room is full, welcome as soon as it is not.
      let client: Awaited<ReturnType<TestBroker['connect']>> | null = null
      while (client === null) client = await broker.connect('tcp 5').catch(() => null)
      await client.publishAsync('thing/product/G1/osd', '{"data":{"n":1}}', { qos: 1 })
      await broker.events.first('device.osd')
    }
  }
  await Promise.all(ends)
  const seconds = (performance.now() - start) / 1000
  expect(sockets.size).toBe(0)
  // What this test has written down is not the broker's.
  ends.length = 0
  broker.events.take()
  const after = inUse()
  note(
    `10,000 unauthenticated connections: ${seconds.toFixed(1)} s; memory ${before.toFixed(0)} MiB before, ${highest.toFixed(0)} at the height, ${after.toFixed(0)} after`,
  )
  expect(broker.adapter.health().connections).toBe(1)
  // Both ends live in this process. Where it was, but for what was loaded on the way.
  expect(after - before).toBeLessThan(10)
}, 90_000)

it('random bytes, at any time: the peer is closed, and nobody else notices', async () => {
  broker = await startBroker({ options: { limits: { unauthenticatedMs: 1_000 } } })
  const honest = await broker.connect('tcp 5')
  const box = inbox(honest)
  await granted(honest, 'thing/product/G1/#')
  const CONNECT = Buffer.from('101600044d5154540402003c000a52434641', 'hex')
  const peers = Array.from({ length: 300 }, async (_, round) => {
    const { socket, closed } = await open()
    if (round % 3 === 1) socket.write(CONNECT)
    socket.write(randomBytes(1 + (round % 97) * 13))
    if (round % 3 === 2) socket.end()
    await closed
  })
  await Promise.all(peers)
  await broker.adapter.publish({ topic: 'thing/product/G1/services', payload: 'still here', qos: 1 })
  await box.until('still here')
  expect(honest.connected).toBe(true)
  expect(broker.adapter.health()).toMatchObject({ status: 'up', connections: 1 })
  note('random bytes: 300 peers, all closed; a controller beside them stayed connected')
}, 60_000)

it('a controller that does not read holds up nobody, and is let go', async () => {
  broker = await startBroker({ options: { limits: { drainMs: 1_000 } } })
  const slow = await broker.connect('tcp 3.1.1', 'G2')
  await granted(slow, 'thing/product/G2/#', 0)
  const fast = await broker.connect('tcp 3.1.1')
  const box = inbox(fast)
  await granted(fast, 'thing/product/G1/#', 0)
  const gone = new Promise<void>((resolve) => slow.once('close', () => resolve()))
  const { stream } = slow
  stream.pause()
  const payload = 'x'.repeat(64 * 1024)
  const start = performance.now()
  let longest = 0
  for (let count = 0; count < 300; count += 1) {
    const sent = performance.now()
    void broker.adapter
      .publish({ topic: 'thing/product/G2/services', payload, qos: 0 })
      .catch(() => undefined)
    await broker.adapter.publish({ topic: 'thing/product/G1/services', payload: `${count}`, qos: 0 })
    await box.count(count + 1)
    longest = Math.max(longest, performance.now() - sent)
  }
  const ms = performance.now() - start
  expect(box.texts()).toEqual(Array.from({ length: 300 }, (_, index) => `${index}`))
  while ((broker.adapter.health().connections ?? 0) > 1)
    await new Promise((resolve) => setTimeout(resolve, 25))
  stream.resume()
  await gone
  note(
    `slow consumer: a fast one got 300 of 300 messages in ${ms.toFixed(0)} ms, the longest wait ${longest.toFixed(0)} ms; the slow one was let go`,
  )
}, 60_000)
