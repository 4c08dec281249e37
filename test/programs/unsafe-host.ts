// A host that gives no logger, with everything that is unsafe about MQTT: does its terminal say so?
import { createDjiCloud, sharedAccountBroker } from '../../src/index.ts'

const logger = process.argv[3] === 'silence' ? ({ logger: false } as const) : {}
const cloud = createDjiCloud({
  ...logger,
  environment: 'production',
  secret: 'an obviously fake secret for these tests only',
  publicUrl: 'https://drones.example.com',
  license: { appId: '100000', appKey: 'fake-app-key', appLicense: 'RkFLRS1MSUNFTkNFLU9GLUEtVEVTVA==' },
  users: { authenticate: async () => null, findById: async () => null },
  broker: sharedAccountBroker({
    url: `mqtt://127.0.0.1:${process.argv[2]}`,
    username: 'all',
    password: 'hunter2-not-in-a-log',
    startTimeoutMs: 200,
  }),
  mqtt: { url: 'ssl://mqtt.example.com:8883', anonymous: true },
  insecure: ['anonymous', 'shared-account', 'memory-stores'],
})
await cloud.ready().catch(() => undefined)
await cloud.close()
