// A host in production that gives no logger, with a Redis that is not there: what does its terminal show?
import express from 'express'
import { djiCloud } from '../../src/express.ts'
import { redisDevices, redisSessions } from '../../src/index.ts'
import { idleBroker } from '../support/idle-broker.ts'

const url = process.argv[2] ?? ''
const logger = process.argv[3] === 'silence' ? ({ logger: false } as const) : {}
const workspace = { id: '11111111-2222-4333-8444-555555555555', name: 'Fake', description: '' }
const ada = { id: 'ada', username: 'ada', role: 'pilot', workspace } as const
const cloud = djiCloud({
  ...logger,
  environment: 'production',
  secret: 'an obviously fake secret for these tests only',
  publicUrl: 'https://drones.example.com',
  license: { appId: '100000', appKey: 'fake-app-key', appLicense: 'RkFLRS1MSUNFTkNFLU9GLUEtVEVTVA==' },
  sessions: redisSessions({ url }),
  devices: redisDevices({ url }),
  users: { authenticate: async () => ada, findById: async () => ada },
  broker: idleBroker(),
  mqtt: { url: 'ssl://mqtt.example.com:8883' },
})
const server = express()
  .use(cloud)
  .listen(0, '127.0.0.1', async () => {
    const { port } = server.address() as { port: number }
    const login = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/manage/api/v1/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'ada', password: 'hunter2-not-in-a-log', flag: 2 }),
      })
      return answer.status
    }
    const statuses = await Promise.all(Array.from({ length: 8 }, login))
    console.log(JSON.stringify(statuses))
    server.close()
    server.closeAllConnections()
    await cloud.close()
  })
