// Source: dji-sdk/Mobile-SDK-Android#1112 (M300, channels A and B, both running Pilot); DJI's topology field `index` (channel of the gateway, A or B) and `control_source` A/B in published states (dji-sdk/DJI-Cloud-API-Demo#11): M30, M350, M400 fly with two controllers at once. Needs: express mqtt ws.
// Controllers A and B are both linked to one aircraft and both report it. B is then switched off. The aircraft flies on with A.
import { createServer } from 'node:http'
import { check, cleanups, finish, gateway, listen, need, note, options, sleep } from './support/host.mjs'

const express = need('express')
const { djiCloud } = need('dji-cloud/express')
const app = express()
const cloud = djiCloud(options())
const story = []
for (const name of ['aircraft.online', 'aircraft.offline', 'gateway.offline'])
  cloud.on(name, (event) =>
    story.push(`${name} ${event.aircraft ?? ''} @${event.gateway.slice(-1)} ${event.reason ?? ''}`),
  )
const refused = []
cloud.on('mqtt.refused', (event) => refused.push(`${event.reason} ${event.topic} by ${event.clientId}`))
app.use(cloud)
cleanups.push(() => cloud.close())
await cloud.ready()
const base = `http://127.0.0.1:${await listen(createServer(app))}`
const acSn = '1581FAKE000000000001'
const osd = (height) => ({ tid: 't', bid: 'b', timestamp: 1, data: { latitude: 1, longitude: 2, height } })
const link = async (serial, index) => {
  const rc = await gateway(base, serial)
  await rc.publish(`sys/product/${serial}/status`, {
    tid: 't',
    bid: 'b',
    timestamp: 1,
    method: 'update_topo',
    data: {
      domain: 2,
      type: 119,
      sub_type: 0,
      sub_devices: [{ sn: acSn, type: 67, sub_type: 1, domain: 0, index }],
    },
  })
  await rc.waitFor((one) => one.topic.endsWith('status_reply'))
  return rc
}
const a = await link('RCFAKE0000000A', 'A')
const b = await link('RCFAKE0000000B', 'B')
const speak = (rc, height) =>
  rc.publish(`thing/product/${acSn}/osd`, osd(height)).catch((error) => error.message)
for (let n = 1; n <= 3; n += 1) {
  await speak(a, n)
  await speak(b, n + 0.5)
}
await sleep(100)
check(
  'while both report: the aircraft is online and its reports arrive',
  cloud.devices.get(acSn)?.aircraft.some((one) => one.online) &&
    (cloud.devices.getState ?? cloud.devices.latest)(acSn)?.osd.height === 3.5,
  `latest ${(cloud.devices.getState ?? cloud.devices.latest)(acSn)?.osd.height}, at ${cloud.devices.get(acSn)?.serial}`,
)
check('both controllers stay connected', a.client.connected && b.client.connected)
note('so far:', JSON.stringify(story), 'refused:', JSON.stringify([...new Set(refused)]))
story.length = 0
refused.length = 0
await b.client.endAsync(true)
await sleep(1500)
for (let n = 10; n <= 14; n += 1) {
  await speak(a, n)
  await sleep(60)
}
const view = cloud.devices.get(acSn)
check(
  'B is gone, A reports on: the aircraft is online at A',
  view?.serial === 'RCFAKE0000000A' &&
    view.aircraft.some((one) => one.online) &&
    (cloud.devices.getState ?? cloud.devices.latest)(acSn)?.osd.height === 14,
  `held by ${view?.serial}, online ${JSON.stringify(view?.aircraft.map((one) => one.online))}, latest ${(cloud.devices.getState ?? cloud.devices.latest)(acSn)?.osd.height}`,
)
note('then:', JSON.stringify(story), 'refused:', JSON.stringify([...new Set(refused)]))
await finish()
