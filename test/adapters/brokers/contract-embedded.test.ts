import { describe, test } from 'vitest'
import { embeddedBroker } from '../../../src/adapters/brokers/embedded/index.ts'
import { brokerContract } from '../../../src/testing/contracts/broker.ts'

const { capabilities } = embeddedBroker()

describe.each([3, 4, 5] as const)('MQTT level %i', (version) => {
  brokerContract({
    name: `embedded, TCP, level ${version}`,
    version,
    capabilities,
    make: () => ({ adapters: [embeddedBroker({ host: '127.0.0.1', port: 0 })] }),
    describe,
    test,
  })
})
