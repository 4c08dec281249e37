// Source: moscajs/aedes#1016, #1022 (nginx `proxy_protocol on`, AWS NLB proxy protocol v2). Needs: express mqtt ws.
// A TCP balancer in front of the MQTT port that speaks the PROXY protocol, version 1 and 2. It has to work, or the reason has to be told.

import { once } from 'node:events'
import { createServer } from 'node:http'
import net from 'node:net'
import { ask, check, cleanups, finish, listen, login, logs, need, options, sleep } from './support/host.mjs'

const express = need('express')
const { djiCloud } = need('dji-cloud/express')
const app = express()
const cloud = djiCloud(options())
const refused = []
cloud.on('mqtt.refused', (event) => refused.push(event))
app.use(cloud)
cleanups.push(() => cloud.close())
await cloud.ready()
const port = await listen(createServer(app))
const base = `http://127.0.0.1:${port}`
const broker = Number(new URL(cloud.mqttAddress('127.0.0.1')).port)
const heads = {
  'version 1': () => Buffer.from(`PROXY TCP4 203.0.113.7 127.0.0.1 50000 ${broker}\r\n`),
  'version 2': () =>
    Buffer.concat([
      Buffer.from([
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0x00, 0x0c,
      ]),
      Buffer.from([203, 0, 113, 7, 127, 0, 0, 1]),
      Buffer.from([0xc3, 0x50, broker >> 8, broker & 255]),
    ]),
}
const { access_token } = await login(base)
for (const [name, head] of Object.entries(heads)) {
  const balancer = net.createServer((near) => {
    const far = net.connect(broker, '127.0.0.1', () => {
      far.write(head())
      near.pipe(far).pipe(near)
    })
    far.on('error', () => near.destroy())
    near.on('error', () => far.destroy())
  })
  balancer.listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  cleanups.push(() => balancer.close())
  const { json } = await ask(`${base}/manage/api/v1/mqtt/credentials`, {
    method: 'POST',
    token: access_token,
    body: { gateway_sn: 'RCFAKE00000001' },
  })
  const mqtt = need('mqtt')
  refused.length = 0
  logs.length = 0
  const client = mqtt.connect(`mqtt://127.0.0.1:${balancer.address().port}`, {
    clientId: 'RCFAKE00000001',
    username: json.data.username,
    password: json.data.password,
    reconnectPeriod: 0,
    connectTimeout: 3000,
  })
  cleanups.push(() => client.end(true))
  const how = await Promise.race([
    once(client, 'connect').then(() => 'connected'),
    once(client, 'close').then(() => 'closed'),
    once(client, 'error').then(([error]) => error.message),
    sleep(5000).then(() => 'nothing'),
  ])
  check(
    `${name}: connects, or the refusal names the PROXY protocol`,
    how === 'connected' || /proxy/i.test(JSON.stringify([refused, logs])),
    `${how}; mqtt.refused ${JSON.stringify(refused.map((one) => [one.reason, one.clientId]))}; logged ${JSON.stringify(logs)}`,
  )
  client.end(true)
}
await finish()
