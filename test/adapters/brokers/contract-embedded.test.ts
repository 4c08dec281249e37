import { afterAll, describe, expect, test } from 'vitest'
import { type EmbeddedBrokerOptions, embeddedBroker } from '../../../src/adapters/brokers/embedded/index.ts'
import { openStage } from '../../../src/testing/contracts/broker/stage.ts'
import { type BrokerUnderTest, brokerContract } from '../../../src/testing/contracts/broker.ts'
import { createAuthority } from '../../support/authority.ts'
import { withRedis } from '../../support/stores.ts'

const { capabilities } = embeddedBroker()
const authority = createAuthority()
afterAll(() => authority.remove())
const server = authority.issue('localhost')
const broker = (more: EmbeddedBrokerOptions = {}) => embeddedBroker({ host: '127.0.0.1', ...more })

const trusting = () => ({ ca: authority.ca })
const certified = (gateway: string) => ({ ca: authority.ca, ...authority.issue(gateway) })

/** The port of the door that `health` names last. */
const lastPort = (detail = ''): string => /(\d+)$/.exec(detail)?.[1] ?? ''

const WAYS: Readonly<Record<string, () => BrokerUnderTest>> = {
  TCP: () => ({ adapters: [broker({ port: 0 })] }),
  TLS: () => ({ adapters: [broker({ tls: { port: 0, ...server } })], client: trusting }),
  'mutual TLS': () => ({
    adapters: [broker({ tls: { port: 0, ...server, clientAuth: { ca: authority.ca } } })],
    client: certified,
  }),
  WebSocket: () => {
    const adapter = broker({ port: 0, websocketPort: 0 })
    return {
      adapters: [adapter],
      url: () => `ws://127.0.0.1:${lastPort(adapter.health().detail)}/mqtt`,
    }
  },
  'WebSocket and TLS': () => {
    const adapter = broker({ tls: { port: 0, ...server }, websocketPort: 0 })
    return {
      adapters: [adapter],
      url: () => `wss://127.0.0.1:${lastPort(adapter.health().detail)}/mqtt`,
      client: trusting,
    }
  },
}

describe.each(Object.entries(WAYS))('over %s', (way, make) => {
  for (const version of way === 'TCP' ? ([3, 4, 5] as const) : ([4, 5] as const))
    brokerContract({
      name: `embedded, ${way}, level ${version}`,
      version,
      capabilities,
      make,
      describe,
      test,
    })
})

withRedis('two nodes on one Redis', (redis) => {
  for (const version of [4, 5] as const) {
    brokerContract({
      name: `embedded, two nodes, level ${version}`,
      version,
      capabilities,
      nodes: 2,
      make: (nodes) => ({
        adapters: Array.from({ length: nodes }, () => broker({ port: 0, redis: redis().url })),
      }),
      describe,
      test,
    })
  }
})

test('mutual TLS: a password is of no use with the certificate of another gateway, or with none', async () => {
  const adapter = broker({ tls: { port: 0, ...server, clientAuth: { ca: authority.ca } } })
  const stage = await openStage([adapter], () => ({ url: adapter.address('127.0.0.1') }), 4, undefined)
  try {
    const login = await stage.login('RCFAKE00000001')
    await expect(stage.connect(login, { options: certified('RCFAKE00000002') })).rejects.toThrow()
    await expect(stage.connect(login, { options: trusting() })).rejects.toThrow()
    await stage.connect(login, { options: certified('RCFAKE00000001') })
  } finally {
    await stage.close()
  }
})

test('with TLS the plain port is closed unless it is asked for', async () => {
  const adapter = broker({ tls: { port: 0, ...server } })
  await adapter.start({} as never)
  expect(adapter.address('h')).toMatch(/^ssl:\/\/h:\d+$/)
  expect(adapter.health().detail).toMatch(/^MQTT over TLS on port \d+$/)
  await adapter.stop()
})
