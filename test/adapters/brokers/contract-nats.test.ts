import { readFileSync } from 'node:fs'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { startNats } from '../../../examples/nats-broker/nats.ts'
import { natsBroker } from '../../../examples/nats-broker/nats-broker.ts'
import { openStage } from '../../../src/testing/contracts/broker/stage.ts'
import { brokerContract } from '../../../src/testing/contracts/broker.ts'
import { available } from '../../support/process.ts'

const here = {
  url: 'mqtt://127.0.0.1:1',
  username: 'dji-cloud',
  password: 'fake',
  controllers: { username: 'all', password: 'fake' },
}

describe('an adapter for a broker that the package does not know', () => {
  it('is one file of less than 150 lines, which imports what is public', () => {
    const text = readFileSync(
      new URL('../../../examples/nats-broker/nats-broker.ts', import.meta.url),
      'utf8',
    )
    expect(text.split('\n').length).toBeLessThan(150)
    const imports = [...text.matchAll(/ from '([^']+)'/g)].map(([, name]) => name)
    expect(imports).toEqual(['dji-cloud', 'zod'])
  })

  it('says what it cannot do, without being told so', () => {
    expect(natsBroker(here).capabilities).toEqual({
      credentials: 'shared',
      unboundCredentials: true,
      presence: 'inferred',
      dynamicAcl: true,
      kick: false,
      willAfterKick: true,
      revocation: 'never',
      maxQos: 1,
    })
    expect(natsBroker(here).health().detail).toContain('UNSAFE: all controllers share one MQTT account')
  })

  it.each([
    [{ controllers: undefined }, 'natsBroker.controllers: is missing'],
    [{ protocolVersion: 5 }, 'natsBroker.protocolVersion: NATS speaks MQTT 3.1.1 only'],
    [{ monitor: 'x' }, 'natsBroker.monitor: is not an option; did you mean "monitoring"?'],
    [{ url: '127.0.0.1' }, 'natsBroker.url: needs an absolute address with mqtt://'],
  ])('refuses %j where it is made', (more, words) => {
    expect(() => natsBroker({ ...here, ...more } as never)).toThrow(words)
  })
})

describe.skipIf(!available('/usr/sbin/nats-server'))('NATS (needs the package nats-server)', () => {
  let nats: Awaited<ReturnType<typeof startNats>>
  beforeAll(async () => {
    nats = await startNats()
  })
  afterAll(() => nats?.stop())

  brokerContract({
    name: 'nats, level 4',
    version: 4,
    capabilities: natsBroker(here).capabilities,
    make: () => ({ adapters: [natsBroker(nats.options)] }),
    describe,
    test,
  })

  it('keeps controllers off the topics of others than the platform', async () => {
    const { username, password } = nats.options.controllers
    const client = await connectAsync(nats.options.url, { username, password, reconnectPeriod: 0 })
    await expect(client.subscribeAsync('#', { qos: 1 })).rejects.toThrow()
    await expect(client.subscribeAsync('$SYS/#', { qos: 1 })).rejects.toThrow()
    await client.endAsync()
  })

  it('is down while NATS is, and comes back by itself', async () => {
    const adapter = natsBroker(nats.options)
    const stage = await openStage([adapter], () => ({ url: nats.options.url }), 4, undefined)
    try {
      await nats.halt()
      await stage.until('down', () => adapter.health().status === 'down')
      await nats.resume()
      await stage.until('up', () => adapter.health().status === 'up')
    } finally {
      await stage.close()
    }
  })

  it('is not up where its monitoring says that it is not healthy', async () => {
    const adapter = natsBroker({ ...nats.options, monitoring: 'http://127.0.0.1:1', startTimeoutMs: 500 })
    await expect(openStage([adapter], () => ({ url: '' }), 4, undefined)).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
    })
    expect(adapter.health().status).toBe('down')
    await adapter.stop()
  })
})
