// Source: topologies in public simulators and tests: gateway with domain "0" type "60" , domain 3 type 88100, `payloads` in the topology, a doc page with `version`, types 98/116, serials with hyphens; a child without a type. Needs: express mqtt ws.
// Every one of them is answered with result 0, and what is left out is told.
import { createServer } from 'node:http'
import { check, cleanups, finish, gateway, listen, need, options, sleep } from './support/host.mjs'

const express = need('express')
const { djiCloud } = need('dji-cloud/express')
const app = express()
const cloud = djiCloud(options())
const seen = { invalid: [], refused: [], online: [] }
cloud.on('message.invalid', (event) => seen.invalid.push(event.reason))
cloud.on('mqtt.refused', (event) => seen.refused.push(`${event.reason} ${event.topic}`))
cloud.on('aircraft.online', (event) => seen.online.push(`${event.aircraft} ${event.model.key}`))
app.use(cloud)
cleanups.push(() => cloud.close())
await cloud.ready()
const port = await listen(createServer(app))
const base = `http://127.0.0.1:${port}`
const child = (n, more) => ({ sn: `1581FAKE00000000000${n}`, type: 67, sub_type: 1, domain: 0, ...more })
const topologies = {
  'gateway domain "0", type "60"': [
    {
      domain: '0',
      type: '60',
      sub_type: '1',
      sub_devices: [child(1, { domain: '0', type: '60', sub_type: '1' })],
    },
    true,
  ],
  'domain 3, type 88100': [{ domain: 3, type: 88100, sub_type: 0, sub_devices: [child(2)] }, true],
  'payloads beside the aircraft': [
    {
      domain: 2,
      type: 119,
      sub_type: 0,
      sub_devices: [child(3)],
      payloads: [{ type: 80, sub_type: 0, gimbalindex: 0 }],
    },
    true,
  ],
  'version instead of thing_version, no domain, index 0': [
    {
      type: 98,
      sub_type: 0,
      version: 1,
      sub_devices: [child(4, { domain: undefined, index: 0, version: 1 })],
    },
    true,
  ],
  'child without sub_type': [
    { type: 119, sub_type: 0, sub_devices: [child(5, { sub_type: undefined })] },
    true,
  ],
  'sub_devices null': [{ type: 119, sub_type: 0, sub_devices: null }, false],
  'child without a type': [{ type: 119, sub_type: 0, sub_devices: [child(6, { type: undefined })] }, true],
  'child with type null': [
    { type: 119, sub_type: 0, sub_devices: [child(7, { type: null, sub_type: null })] },
    true,
  ],
  'child with type -1 (unknown)': [
    { type: 119, sub_type: 0, sub_devices: [child(8, { type: -1, sub_type: -1 })] },
    true,
  ],
  'payload as a sub device (domain 1) beside the aircraft': [
    {
      type: 119,
      sub_type: 0,
      sub_devices: [child(9), { sn: 'PAYLOADFAKE0009', type: 42, sub_type: 0, domain: 1 }],
    },
    true,
  ],
}
let n = 0
for (const [name, [data, wantsAircraft]] of Object.entries(topologies)) {
  n += 1
  const rcSn = `RCFAKE000000${String(n).padStart(2, '0')}`
  const rc = await gateway(base, rcSn)
  for (const list of Object.values(seen)) list.length = 0
  await rc.publish(`sys/product/${rcSn}/status`, {
    tid: 't',
    bid: 'b',
    timestamp: 1,
    method: 'update_topo',
    data,
  })
  const answer = await rc.waitFor((one) => one.topic.endsWith('status_reply'))
  await sleep(50)
  const view = cloud.devices.get(rcSn)
  check(
    `${name}: answered, the gateway is online${wantsAircraft ? ', its aircraft too (or it is told why not)' : ''}`,
    answer?.body.data.result === 0 &&
      view?.online === true &&
      (!wantsAircraft || seen.online.length > 0 || seen.invalid.length > 0),
    `answer ${answer?.body.data.result}, online ${view?.online} as ${view?.model?.key}, aircraft ${JSON.stringify(seen.online)}, invalid ${JSON.stringify(seen.invalid)}`,
  )
  if (wantsAircraft && seen.online.length === 0)
    check(`${name}: an aircraft that says its serial number is shown`, false, JSON.stringify(seen.invalid))
  await rc.client.endAsync(true)
}
await finish()
