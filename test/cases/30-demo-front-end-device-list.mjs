// Source: dji-sdk/Cloud-API-Demo-Web src/pages/page-web/projects/{tsa,devices}.vue, src/components/task/CreatePlan.vue; dji-sdk/DJI-Cloud-API-Demo DeviceDTO (children is one device, payloads_list a list, times are texts). Needs: express mqtt ws.
// A front end written for DJI's demo reads GET devices/{workspace}/devices and .../devices/bound.
import { createServer } from 'node:http'
import {
  ask,
  check,
  cleanups,
  finish,
  gateway,
  listen,
  login,
  need,
  note,
  options,
  WORKSPACE,
} from './support/host.mjs'

const express = need('express')
const { djiCloud } = need('dji-cloud/express')
const app = express()
const cloud = djiCloud(options())
app.use(cloud)
cleanups.push(() => cloud.close())
await cloud.ready()
const port = await listen(createServer(app))
const base = `http://127.0.0.1:${port}`
for (const [rcSn, acSn] of [
  ['RCFAKE00000001', '1581FAKE000000000001'],
  ['RCFAKE00000002', null],
]) {
  const rc = await gateway(base, rcSn)
  await rc.publish(`sys/product/${rcSn}/status`, {
    tid: 't',
    bid: 'b',
    timestamp: 1,
    method: 'update_topo',
    data: {
      domain: 2,
      type: 119,
      sub_type: 0,
      sub_devices: acSn === null ? [] : [{ sn: acSn, type: 67, sub_type: 1, domain: 0 }],
    },
  })
  await rc.waitFor((one) => one.topic.endsWith('status_reply'))
  for (const sn of [rcSn, acSn])
    if (sn)
      await ask(`${base}/manage/api/v1/devices/${sn}/binding`, {
        method: 'POST',
        token: rc.token,
        body: { device_sn: sn, workspace_id: WORKSPACE.id },
      })
}
const token = (await login(base, 'viewer', 1)).access_token
const list = (await ask(`${base}/manage/api/v1/devices/${WORKSPACE.id}/devices`, { token })).json.data
note(JSON.stringify(list).slice(0, 900))
/** What such a front end does with each gateway: one aircraft in `children`, its payloads in a list. */
const shown = []
let broke = null
try {
  for (const gatewayEntry of list) {
    const aircraft = gatewayEntry.children
    const payloads = []
    aircraft?.payloads_list.forEach((payload) => {
      payloads.push(payload.payload_index)
    })
    if (gatewayEntry.status && gatewayEntry.domain === 2)
      shown.push({ gateway: gatewayEntry.device_sn, aircraft: aircraft?.device_sn ?? null, payloads })
  }
} catch (error) {
  broke = error.message
}
check('the list of online devices can be read', broke === null, broke ?? '')
check(
  'the aircraft is found at its gateway',
  shown.some((one) => one.gateway === 'RCFAKE00000001' && one.aircraft === '1581FAKE000000000001'),
  JSON.stringify(shown),
)
const bound = (
  await ask(`${base}/manage/api/v1/devices/${WORKSPACE.id}/devices/bound?&page=1&page_size=50&domain=2`, {
    token,
  })
).json.data
let sorting = null
try {
  bound.list.sort((a, b) => a.bound_time.localeCompare(b.bound_time))
  bound.list.sort((a, b) => a.login_time.localeCompare(b.login_time))
} catch (error) {
  sorting = error.message
}
check(
  'the bound devices can be sorted by time',
  sorting === null,
  `${sorting ?? ''} ${JSON.stringify(bound.list[0]?.bound_time)}`,
)
const rows = bound.list.map((one) => (one.children ? { ...one, children: [one.children] } : one))
check(
  'the bound table shows the aircraft below its gateway',
  rows.some((one) => one.children?.[0]?.device_sn === '1581FAKE000000000001'),
  JSON.stringify(rows.map((one) => [one.device_sn, one.children])).slice(0, 300),
)
await finish()
