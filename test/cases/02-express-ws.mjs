// Source: HenningM/express-ws#162, chimurai/http-proxy-middleware#453. Needs: express (4) express-ws ws.
// A host that made its own routes with express-ws. Pilot's WebSocket has to open, or somebody has to be told.
import { once } from 'node:events'
import {
  check,
  cleanups,
  finish,
  gateway,
  login,
  logs,
  need,
  note,
  openSocket,
  options,
  until,
} from './support/host.mjs'

const express = need('express')
const expressWs = need('express-ws')
const { djiCloud } = need('dji-cloud/express')
const app = express()
expressWs(app)
app.ws('/chat', (one) => one.send('from the host'))
const cloud = djiCloud(options())
app.use(cloud)
cleanups.push(() => cloud.close())
await cloud.ready()
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
cleanups.push(() => {
  server.closeAllConnections()
  server.close()
})
const port = server.address().port
const base = `http://127.0.0.1:${port}`
const { access_token } = await login(base)
const theirs = await openSocket(`ws://127.0.0.1:${port}/chat`)
check("the host's own path opens", theirs.how === 'open', theirs.how)
const ours = await openSocket(`ws://127.0.0.1:${port}/api/v1/ws?x-auth-token=${access_token}`)
let pushed = false
let closedWith = 'still open'
ours.socket.on('message', () => {
  pushed = true
})
ours.socket.on('close', (code) => {
  closedWith = `closed ${code}`
})
const rc = await gateway(base, 'RCFAKE00000001', { token: access_token })
await rc.publish('sys/product/RCFAKE00000001/status', {
  tid: 't',
  bid: 'b',
  timestamp: 1,
  method: 'update_topo',
  data: { domain: 2, type: 119, sub_type: 0, sub_devices: [] },
})
await until(() => pushed, 2500)
check(
  "Pilot's WebSocket opens and is pushed device_online",
  ours.how === 'open' && pushed,
  `${ours.how}, pushed ${pushed}, ${closedWith}`,
)
note('logged:', JSON.stringify(logs))
await finish()
