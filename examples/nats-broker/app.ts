import type { DjiCloudOptions } from 'dji-cloud'
import { djiCloud } from 'dji-cloud/express'
import express from 'express'
import { type NatsBrokerOptions, natsBroker } from './nats-broker.ts'

/** An app whose controllers connect to NATS, a broker for which the package has no adapter. */
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
