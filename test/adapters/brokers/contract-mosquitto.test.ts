import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mosquittoBroker } from '../../../src/adapters/brokers/mosquitto/index.ts'
import { sharedAccountBroker } from '../../../src/adapters/brokers/shared-account.ts'
import { brokerContract } from '../../../src/testing/contracts/broker.ts'
import { ADMIN, hasMosquitto, type RealMosquitto, startMosquitto } from '../../support/mosquitto.ts'

const here = { url: 'mqtt://127.0.0.1:1', ...ADMIN }

describe.skipIf(!hasMosquitto())('Mosquitto with dynamic security (needs the package mosquitto)', () => {
  let real: RealMosquitto
  beforeAll(async () => {
    real = await startMosquitto()
  })
  afterAll(() => real.stop())
  for (const version of [4, 5] as const) {
    brokerContract({
      name: `mosquitto, level ${version}`,
      version,
      capabilities: mosquittoBroker(here).capabilities,
      nodes: 2,
      make: (nodes) => ({
        adapters: Array.from({ length: nodes }, () => mosquittoBroker({ ...here, url: real.url })),
      }),
      describe,
      test,
    })
  }
})

describe.skipIf(!hasMosquitto())('a shared account at Mosquitto (needs the package mosquitto)', () => {
  let real: RealMosquitto
  beforeAll(async () => {
    real = await startMosquitto('shared')
  })
  afterAll(() => real.stop())
  brokerContract({
    name: 'shared account',
    version: 4,
    capabilities: sharedAccountBroker(here).capabilities,
    make: () => ({ adapters: [sharedAccountBroker({ ...here, url: real.url })] }),
    describe,
    test,
  })

  // One account for all is exactly what the suite has to find out when an adapter claims more.
  describe('an adapter that claims to keep gateways apart and does not', () => {
    const cases = new Map<string, () => Promise<void>>()
    const claims = { ...mosquittoBroker(here).capabilities, learns: false, kick: false }
    brokerContract({
      name: 'impostor',
      version: 4,
      capabilities: claims,
      make: () => {
        const adapter = sharedAccountBroker({ ...here, url: real.url })
        return { adapters: [{ ...adapter, capabilities: claims }] }
      },
      describe: (_name, body) => body(),
      test: (name, body) => cases.set(name, body),
    })
    test.each([...cases].filter(([name]) => /an expired credential|^lets a client|can take over/.test(name)))(
      'fails: %s',
      async (_name, body) => {
        await expect(body()).rejects.toThrow()
      },
    )
  })
})
