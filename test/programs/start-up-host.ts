import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { djiCloud } from '../../src/express.ts'

/** A host that starts, answers one request and stops. Arguments: `attach`, `silent`; `users` gives accounts. */
const has = (word: string): boolean => process.argv.includes(word)
const app = express()
const cloud = djiCloud({
  mqtt: { port: 0, ...(has('production') ? { url: 'ssl://mqtt.example.com:8883' } : {}) },
  ...(has('silent') ? { logger: false as const } : {}),
  ...(has('production')
    ? {
        publicUrl: 'https://cloud.example.com/drones',
        secret: 'an-obviously-fake-secret-of-32-letters',
        license: { appId: '100000', appKey: 'made-up', appLicense: 'TUFERS1VUC1GT1ItVEVTVFM=' },
        workspace: { id: '7b1c2f8e-6a4d-4b57-9c0e-0d3a5e9f1b22', name: 'Harbour' },
        users: [{ username: 'ada', password: 'only-for-this-test' }],
        insecure: ['plain-passwords' as const],
      }
    : {}),
})
app.use('/drones', cloud)
const server = app.listen(0)
if (has('attach')) cloud.attach(server, '/drones')
if (!server.listening) await once(server, 'listening')
await cloud.ready()
const { port } = server.address() as AddressInfo
console.log(`port ${port}`)
await fetch(`http://127.0.0.1:${port}/drones/pilot/login`)
await new Promise((resolve) => setImmediate(resolve))
server.close()
await cloud.close()
