import type { DjiCloudOptions } from 'dji-cloud'
import { djiCloud } from 'dji-cloud/express'
import express from 'express'
import { type NatsBrokerOptions, natsBroker } from './nats-broker.ts'

/** An app whose controllers connect to a NATS that the package knows nothing of. */
export function buildApp(nats: NatsBrokerOptions, more: DjiCloudOptions = {}) {
  const app = express()
  const cloud = djiCloud({
    broker: natsBroker(nats),
    users: [{ username: 'pilot', password: 'for-this-example-only' }],
    ...more,
  })
  app.use(cloud)
  return { app, cloud }
}
