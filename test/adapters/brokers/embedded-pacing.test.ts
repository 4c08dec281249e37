import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { createBudgets } from '../../../src/adapters/brokers/embedded/incoming.ts'
import { createTurns, TURN_MS } from '../../../src/adapters/brokers/embedded/pacing.ts'
import { startBroker, WAYS } from '../../support/mqtt-broker.ts'
import { rawConnect, rawPublish, rawSocket } from '../../support/mqtt-raw.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const limits = { packetsPerSecond: 1e6, packetBurst: 1e6, bytesPerSecond: 1e9, byteBurst: 1e9 }

describe('turns', () => {
  function stage() {
    let now = 0
    const rounds: (() => void)[] = []
    const newTurn = createTurns({ clock: { now: () => now }, later: (run) => rounds.push(run) })
    return {
      newTurn,
      pass: (ms: number) => {
        now += ms
      },
      round: () => rounds.shift()?.(),
      rounds,
    }
  }

  it('end with the time that was spent, and come again after everybody else had one', () => {
    const { newTurn, round } = stage()
    const turn = newTurn()
    expect(turn.isOpen()).toBe(true)
    turn.spend(TURN_MS)
    expect(turn.isOpen()).toBe(false)
    round()
    expect(turn.isOpen()).toBe(true)
  })

  it('go round: nobody waits for one who comes back at once', () => {
    const { newTurn, pass, round } = stage()
    const order: string[] = []
    const greedy = newTurn()
    const work = (): void => {
      order.push('greedy')
      pass(10)
      greedy.wait(work)
    }
    greedy.wait(work)
    newTurn().wait(() => order.push('patient'))
    for (let count = 0; count < 3; count += 1) round()
    expect(order).toEqual(['greedy', 'patient', 'greedy', 'greedy'])
  })

  it('cost nothing while nobody waits', () => {
    const { newTurn, round, rounds } = stage()
    newTurn().isOpen()
    round()
    expect(rounds).toEqual([])
  })
})

describe('budgets', () => {
  const small = { packetsPerSecond: 10, packetBurst: 20, bytesPerSecond: 1_000, byteBurst: 3_000 }
  const packet = { cmd: 'publish', qos: 0, length: 10 }

  it('are those of an owner, over reconnects and over all its connections', () => {
    const budgets = createBudgets(small)
    budgets.enter('G1', 0)
    budgets.enter('G1', 0)
    for (let count = 0; count < 20; count += 1) expect(budgets.take('G1', packet, 0)).toBeNull()
    expect(budgets.take('G1', packet, 0)).toBe('rate')
    for (let count = 0; count < 2; count += 1) budgets.leave('G1')
    budgets.sweep(100)
    budgets.enter('G1', 100)
    expect([budgets.take('G1', packet, 100), budgets.take('G1', packet, 100)]).toEqual([null, 'rate'])
    budgets.enter('G2', 100)
    expect(budgets.take('G2', packet, 100)).toBeNull()
  })

  it('are forgotten when nobody draws on them and they are full again', () => {
    const budgets = createBudgets(small)
    budgets.enter('G1', 0)
    budgets.take('G1', { ...packet, length: 3_000 }, 0)
    budgets.leave('G1')
    budgets.sweep(2_900)
    expect(budgets.size()).toBe(1)
    budgets.sweep(3_000)
    expect(budgets.size()).toBe(0)
  })
})

it('what one controller sends is no reason for another to wait', async () => {
  let seen = 0
  let before = -1
  let interrupt = (): void => undefined
  const broker = await startBroker({
    options: { limits },
    wrap: (host) => ({
      ...host,
      received(message) {
        if (message.topic.includes('/G2/')) before = seen
        else {
          // Now the other's message is at the broker too.
          if (seen === 0) interrupt()
          seen += 1
          const end = performance.now() + 0.5
          while (performance.now() < end);
        }
        host.received(message)
      },
    }),
  })
  closers.push(() => broker.stop())
  const [busy, other] = [await rawSocket(broker.tcpPort), await rawSocket(broker.tcpPort)]
  busy.write(rawConnect('G1', 'G1', 'W1:S1'))
  other.write(rawConnect('G2', 'G2', 'W1:S1'))
  await Promise.all([once(busy, 'data'), once(other, 'data')])
  interrupt = () => other.write(rawPublish('thing/product/G2/osd', '{}', 1))
  busy.write(Buffer.concat(Array.from({ length: 1_000 }, () => rawPublish('thing/product/G1/osd', '{}', 0))))
  await once(other, 'data')
  expect(before).toBeGreaterThanOrEqual(0)
  expect(before).toBeLessThan(200)
  busy.destroy()
  other.destroy()
})

describe.each(WAYS)('over %s', (way) => {
  it.each([0, 1] as const)(
    'what waits for its turn is dealt with in order, to the last packet: QoS %i',
    async (qos) => {
      const broker = await startBroker({ options: { limits } })
      closers.push(() => broker.stop())
      const gateways = ['G1', 'G2', 'G3']
      const topicOf = (gateway: string): string => `thing/product/${gateway}/services_reply`
      await Promise.all(
        gateways.map(async (gateway) => {
          const client = await broker.connect(way, gateway)
          const sent = Array.from({ length: 1_500 }, (_, count) =>
            client.publishAsync(topicOf(gateway), `{"data":${count}}`, { qos }),
          )
          await Promise.all(sent)
          // The answer to a last question proves that all before it were dealt with.
          await client.unsubscribeAsync('nothing')
        }),
      )
      for (const gateway of gateways) {
        const texts = broker.received
          .filter(({ topic }) => topic === topicOf(gateway))
          .map(({ payload }) => Buffer.from(payload).toString())
        expect(texts).toEqual(Array.from({ length: 1_500 }, (_, count) => `{"data":${count}}`))
      }
    },
  )

  it('a burst and then goodbye: every message arrives, and the will does not', async () => {
    let gone = (): void => undefined
    const left = new Promise<void>((resolve) => {
      gone = resolve
    })
    const broker = await startBroker({
      options: { limits },
      wrap: (host) => ({
        ...host,
        disconnected(connection) {
          host.disconnected(connection)
          gone()
        },
      }),
    })
    closers.push(() => broker.stop())
    const will = {
      topic: 'thing/product/G1/state',
      payload: Buffer.from('will'),
      qos: 0,
      retain: false,
    } as const
    const client = await broker.connect(way, 'G1', { will })
    for (let count = 0; count < 1_000; count += 1)
      client.publish('thing/product/G1/services_reply', `{"data":${count}}`)
    client.end()
    await left
    expect(broker.received.filter(({ topic }) => topic.endsWith('services_reply'))).toHaveLength(1_000)
    expect(broker.received.some(({ topic }) => topic.endsWith('/state'))).toBe(false)
  })
})
