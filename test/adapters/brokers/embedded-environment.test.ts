import { expect, it } from 'vitest'
import { mayFallBack } from '../../../src/adapters/brokers/embedded/options.ts'
import type { BrokerHost } from '../../../src/core/ports/index.ts'
import { createDjiCloud } from '../../../src/index.ts'
import { idleBroker } from '../../support/idle-broker.ts'

it.each([
  [{}, 'development', true],
  [{}, 'test', true],
  [{}, undefined, true],
  [{}, 'production', false],
  [{ portFallback: true }, 'production', true],
  [{ portFallback: false }, 'development', false],
  [{ port: 1883 }, 'development', false],
  [{ port: 1883, portFallback: true }, 'development', false],
])('%j in %s: may another port be taken? %s', (options, environment, expected) => {
  expect(mayFallBack(options, environment)).toBe(expected)
})

it.each(['development', 'production'] as const)(
  'a broker is told the option `environment` (%s), whatever NODE_ENV says',
  async (environment) => {
    let host: BrokerHost | undefined
    const cloud = createDjiCloud({
      environment,
      logger: false,
      secret: 'an obviously fake secret for these tests only',
      publicUrl: 'https://drones.example.com',
      license: { appId: '100000', appKey: 'fake-app-key', appLicense: 'RkFLRS1MSUNFTkNFLU9GLUEtVEVTVA==' },
      users: { authenticate: async () => null, findById: async () => null },
      mqtt: { url: 'ssl://mqtt.example.com:8883' },
      insecure: ['memory-stores'],
      broker: idleBroker({
        start: async (given) => {
          host = given
        },
      }),
    })
    await cloud.ready()
    expect(host?.environment).toBe(environment)
    await cloud.close()
  },
)
