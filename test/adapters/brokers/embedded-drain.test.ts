import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { closeByProgress, type Draining, takenBy } from '../../../src/adapters/brokers/embedded/drain.ts'

const LIMIT = 100

describe('a peer with a full receive buffer', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate'] }))
  afterEach(() => void vi.useRealTimers())

  /** What aedes does, with its timer. */
  function open() {
    let taken = 0
    let closed = false
    const client: Draining = {
      conn: { destroyed: false },
      _drainTimer: null,
      waitForDrain() {
        client._drainTimer ??= setTimeout(() => client._handleDrainTimeout(), LIMIT)
      },
      _handleDrainTimeout: () => {
        closed = true
      },
    }
    closeByProgress(client, () => taken, LIMIT)
    const drained = () => {
      clearTimeout(client._drainTimer ?? undefined)
      client._drainTimer = null
    }
    client.waitForDrain(() => undefined)
    return {
      client,
      drained,
      take: () => {
        taken += 1
      },
      closedWithin: async (ms: number) => {
        await vi.advanceTimersByTimeAsync(ms)
        return closed
      },
    }
  }

  test('that takes nothing is closed when the time is over', async () => {
    const { closedWithin } = open()
    expect([await closedWithin(LIMIT - 1), await closedWithin(2)]).toEqual([false, true])
  })

  test('that takes some each time stays, until it has had five times as long', async () => {
    const { take, closedWithin } = open()
    for (let round = 1; round < 5; round += 1) {
      take()
      expect(await closedWithin(LIMIT + 1)).toBe(false)
    }
    take()
    expect(await closedWithin(LIMIT + 1)).toBe(true)
  })

  test('that stops taking is closed a period later', async () => {
    const { take, closedWithin } = open()
    take()
    expect([await closedWithin(LIMIT + 1), await closedWithin(LIMIT + 1)]).toEqual([false, true])
  })

  test('that took all while this process was busy stays: sockets have their turn before it is closed', async () => {
    const { drained, closedWithin } = open()
    // Timers are handled before sockets, and both before this.
    setTimeout(() => setImmediate(drained), LIMIT - 1)
    vi.advanceTimersByTime(LIMIT - 1)
    expect(await closedWithin(10 * LIMIT)).toBe(false)
  })

  test('starts anew each time that its buffer is full', async () => {
    const { client, drained, take, closedWithin } = open()
    for (let round = 0; round < 8; round += 1) {
      take()
      expect(await closedWithin(LIMIT + 1)).toBe(false)
      drained()
      client.waitForDrain(() => undefined)
    }
    expect(await closedWithin(LIMIT + 1)).toBe(true)
  })
})

test('what a peer has taken grows when it reads, and only then', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const arrived = once(server, 'connection') as Promise<[Socket]>
  const peer = connect(port, '127.0.0.1').pause()
  const [socket] = await arrived
  try {
    const total = 16 * 1024 * 1024
    const written = new Promise((resolve) => socket.write(Buffer.alloc(total), resolve))
    const stuck = takenBy(socket)
    socket.write(Buffer.alloc(1024))
    expect([stuck < total, takenBy(socket)]).toEqual([true, stuck])
    peer.resume()
    await written
    expect(takenBy(socket)).toBeGreaterThanOrEqual(total)
  } finally {
    socket.destroy()
    peer.destroy()
    server.close()
  }
})
