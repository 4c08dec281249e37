import { type DjiCloudOptions, mosquittoBroker } from 'dji-cloud'
import { djiCloud } from 'dji-cloud/express'
import express from 'express'

/** An app whose controllers connect to a Mosquitto that it administers. */
export function buildApp(
  { url, username, password }: { readonly url: string; readonly username: string; readonly password: string },
  more: DjiCloudOptions = {},
) {
  const app = express()
  const cloud = djiCloud({
    broker: mosquittoBroker({ url, username, password }),
    users: [{ username: 'pilot', password: 'for-this-example-only' }],
    ...more,
  })
  app.use(cloud)
  app.get('/health', (_request, response) => void response.json(cloud.health()))
  return { app, cloud }
}
