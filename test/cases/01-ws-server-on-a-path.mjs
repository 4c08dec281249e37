// Source: websockets/ws#1193, #1726, #885 (as Apollo and graphql-ws tell people to do it). Needs: express ws.
// A host has `new WebSocketServer({ server, path: '/graphql' })` on the same HTTP server. Both sockets have to work.
import { createServer } from 'node:http'
import {
  check,
  cleanups,
  finish,
  listen,
  login,
  logs,
  need,
  note,
  openSocket,
  options,
} from './support/host.mjs'

const express = need('express')
const { WebSocketServer } = need('ws')
const { djiCloud } = need('dji-cloud/express')
for (const order of ['host first', 'cloud first']) {
  const app = express()
  const cloud = djiCloud(options())
  app.use(cloud)
  cleanups.push(() => cloud.close())
  await cloud.ready()
  const server = createServer(app)
  const attach = () =>
    new WebSocketServer({ server, path: '/graphql' }).on('connection', (one) => one.send('from graphql'))
  if (order === 'host first') attach()
  const port = await listen(server)
  const base = `http://127.0.0.1:${port}`
  const { access_token } = await login(base)
  if (order === 'cloud first') attach()
  logs.length = 0
  const theirs = await openSocket(`ws://127.0.0.1:${port}/graphql`)
  check(`${order}: the host's own path opens`, theirs.how === 'open', theirs.how)
  const ours = await openSocket(`ws://127.0.0.1:${port}/api/v1/ws?x-auth-token=${access_token}`)
  check(`${order}: Pilot's WebSocket opens`, ours.how === 'open', ours.how)
  const mqtt = await openSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt')
  check(`${order}: MQTT over WebSocket opens`, mqtt.how === 'open', mqtt.how)
  note('logged:', JSON.stringify(logs))
  for (const { socket } of [theirs, ours, mqtt]) socket.terminate()
}
await finish()
