import { afterAll, beforeAll, describe, test } from 'vitest'
import { type RabbitmqBrokerOptions, rabbitmqBroker } from '../../../src/adapters/brokers/rabbitmq/index.ts'
import { type HookServer, startHookServer } from '../../../src/testing/contracts/broker/hook-server.ts'
import { brokerContract } from '../../../src/testing/contracts/broker.ts'
import { hasRabbitmq, type RealRabbitmq, SERVICE, startRabbitmq } from '../../support/rabbitmq.ts'

const HOOK_SECRET = 'obviously-fake-hook-secret'
const optionsAt = (url: string, management: string): RabbitmqBrokerOptions => ({
  url,
  ...SERVICE,
  hookSecret: HOOK_SECRET,
  management: { url: management, ...SERVICE },
})

describe.skipIf(!hasRabbitmq())('RabbitMQ (needs the package rabbitmq-server)', () => {
  let real: RealRabbitmq
  let hooks: HookServer
  beforeAll(async () => {
    hooks = await startHookServer()
    real = await startRabbitmq(`http://rabbitmq:${HOOK_SECRET}@127.0.0.1:${hooks.port}/mqtt/hooks/rabbitmq`)
  }, 90_000)
  afterAll(async () => {
    await real?.stop()
    await hooks.close()
  }, 30_000)
  // 3.10 closes MQTT 5 clients without a word (facts brokers).
  for (const version of [3, 4] as const) {
    brokerContract({
      name: `rabbitmq, level ${version}`,
      version,
      capabilities: rabbitmqBroker(optionsAt('mqtt://127.0.0.1:1', 'http://127.0.0.1:1')).capabilities,
      nodes: 2,
      make(nodes) {
        const adapters = Array.from({ length: nodes }, () =>
          rabbitmqBroker(optionsAt(real.url, real.management)),
        )
        hooks.serve(adapters)
        return { adapters }
      },
      describe,
      test,
    })
  }
})
