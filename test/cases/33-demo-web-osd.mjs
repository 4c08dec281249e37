// Source: dji-sdk/DJI-Cloud-API-Demo SDKDeviceService (to browsers: the whole OSD as device_osd, a controller's as gateway_osd; to Pilot: seven fields), dji-sdk/Cloud-API-Demo-Web src/components/GMap.vue (reads battery, position_state, mode_code). Needs: express mqtt ws.
import { createServer } from 'node:http'
import {
  check,
  cleanups,
  finish,
  gateway,
  listen,
  login,
  need,
  openSocket,
  options,
  until,
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
const [rcSn, acSn] = ['RCFAKE00000001', '1581FAKE000000000001']
const rc = await gateway(base, rcSn)
const { access_token } = await login(base, 'viewer', 1)
const { socket } = await openSocket(`ws://127.0.0.1:${port}/api/v1/ws?x-auth-token=${access_token}`)
const pushes = []
socket.on('message', (data) => pushes.push(JSON.parse(String(data))))
await rc.publish(`sys/product/${rcSn}/status`, {
  tid: 't',
  bid: 'b',
  timestamp: 1,
  method: 'update_topo',
  data: { domain: 2, type: 119, sub_type: 0, sub_devices: [{ sn: acSn, type: 67, sub_type: 1, domain: 0 }] },
})
await rc.waitFor((one) => one.topic.endsWith('status_reply'))
await rc.publish(`thing/product/${acSn}/osd`, {
  tid: 't',
  bid: 'b',
  timestamp: 1,
  gateway: rcSn,
  data: {
    latitude: 1,
    longitude: 2,
    height: 3,
    elevation: 0,
    attitude_head: 4,
    horizontal_speed: 0,
    vertical_speed: 0,
    mode_code: 3,
    gear: 1,
    battery: { capacity_percent: 81, landing_power: 8, return_home_power: 25, remain_flight_time: 1500 },
    position_state: { is_fixed: 2, gps_number: 20, rtk_number: 0, quality: 5 },
  },
})
await rc.publish(`thing/product/${rcSn}/osd`, {
  tid: 't',
  bid: 'b',
  timestamp: 1,
  gateway: rcSn,
  data: { capacity_percent: 62, latitude: 1, longitude: 2, height: 3 },
})
await until(() => pushes.filter((one) => one.biz_code.endsWith('_osd')).length >= 2)
const aircraft = pushes.find((one) => one.data.sn === acSn && one.biz_code === 'device_osd')?.data.host
check(
  'a browser is pushed mode, battery and satellites of the aircraft',
  aircraft?.mode_code === 3 &&
    aircraft?.battery?.capacity_percent === 81 &&
    aircraft?.position_state?.gps_number === 20,
  JSON.stringify(aircraft),
)
check(
  "a browser is pushed the controller's OSD as gateway_osd, with its battery",
  pushes.some(
    (one) => one.biz_code === 'gateway_osd' && one.data.sn === rcSn && one.data.host.capacity_percent === 62,
  ),
  JSON.stringify(pushes.filter((one) => one.data.sn === rcSn).map((one) => [one.biz_code, one.data.host])),
)
await finish()
