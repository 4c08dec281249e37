// Source: GrooveWJH/pydjimqtt (sniffer: drc/up of RC Plus 2), wudizhr/DJI_Cloud_API_demo (osd_info_push of M4E), huneng-dev/dji-cloud-api-docs pilot-to-cloud/mqtt/dji-rc-plus-2/{drc,remote-control}.md. Needs: express mqtt ws.
// What an RC Plus 2 says in DRC: drc/up (several a second), and notices on events. docs/events.md: `device.event` is "whatever else a device tells, known or not".
import { createServer } from 'node:http'
import { check, cleanups, finish, gateway, listen, need, options, sleep } from './support/host.mjs'

const express = need('express')
const { djiCloud } = need('dji-cloud/express')
const app = express()
const cloud = djiCloud(options())
const seen = { event: [], invalid: [], refused: [] }
cloud.on('device.event', ({ method, data, serial }) => seen.event.push({ method, data, serial }))
cloud.on('message.invalid', (event) => seen.invalid.push(event.reason))
cloud.on('mqtt.refused', (event) => seen.refused.push(`${event.reason} ${event.topic}`))
app.use(cloud)
cleanups.push(() => cloud.close())
await cloud.ready()
const port = await listen(createServer(app))
const base = `http://127.0.0.1:${port}`
const [rcSn, acSn] = ['RCFAKE00000001', '1581FAKE000000000001']
const rc = await gateway(base, rcSn)
await rc.publish(`thing/product/${rcSn}/status`, {
  tid: 't',
  bid: 'b',
  timestamp: 1,
  method: 'update_topo',
  data: {
    type: 174,
    sub_type: 0,
    device_secret: 'x',
    nonce: 'y',
    thing_version: '1.2.0',
    sub_devices: [
      { sn: acSn, type: 99, sub_type: 0, device_secret: 'x', nonce: 'y', thing_version: '1.2.0' },
    ],
  },
})
check(
  'topology on thing/ answered on both',
  (await rc.waitFor((one) => one.topic === `thing/product/${rcSn}/status_reply`)) !== null &&
    (await rc.waitFor((one) => one.topic === `sys/product/${rcSn}/status_reply`)) !== null,
)
const up = (method, data, seq) =>
  rc.publish(`thing/product/${rcSn}/drc/up`, { method, seq, timestamp: 1700000000000, data })
await up(
  'osd_info_push',
  {
    attitude_head: -120,
    elevation: 0,
    height: -3.25,
    home_distance: 1.5,
    horizontal_speed: 0,
    latitude: 12.3,
    longitude: 98.7,
    speed_x: 0,
    speed_y: 0,
    speed_z: 0,
    ultrasonic_height: -1,
    vertical_speed: 0,
    wind_direction: 0,
    wind_speed: 0,
  },
  1,
)
await up(
  'hsi_info_push',
  {
    around_distances: Array.from({ length: 360 }, () => 60000),
    up_distance: 60000,
    down_distance: 10,
    up_enable: true,
    up_work: true,
  },
  2,
)
await up(
  'delay_info_push',
  {
    sdr_cmd_delay: 10,
    liveview_delay_list: [{ video_id: `${acSn}/88-0-0/normal-0`, liveview_delay_time: 60 }],
  },
  3,
)
await up(
  'drc_camera_osd_info_push',
  { payload_index: '88-0-0', gimbal_pitch: -45.2, gimbal_yaw: 10, gimbal_roll: 0 },
  4,
)
await up('heart_beat', { timestamp: 1700000000000 }, 5)
const say = (method, data, more = {}) =>
  rc.publish(`thing/product/${rcSn}/events`, {
    tid: `tid-${method}`,
    bid: 'b',
    timestamp: 1,
    gateway: rcSn,
    method,
    data,
    ...more,
  })
await say('drc_status_notify', { result: 0, drc_state: 2 }, { need_reply: 1 })
await say('joystick_invalid_notify', { reason: 0 }, { need_reply: 1 })
await say('cloud_control_auth_notify', { result: 0, output: { status: 'ok' } }, { need_reply: 1 })
await say(
  'fly_to_point_progress',
  {
    result: 0,
    fly_to_id: 'f',
    status: 'wayline_progress',
    way_point_index: 0,
    remaining_distance: 10,
    remaining_time: 4,
    planned_path_points: [],
  },
  { need_reply: 1 },
)
await say('return_home_info', {
  planned_path_points: [{ latitude: 1, longitude: 2, height: 3 }],
  last_point_type: 0,
  flight_id: 'x',
})
await say('poi_status_notify', { status: 'ok', reason: 0 }, { need_reply: 1 })
await say(
  'camera_photo_take_progress',
  {
    ext: { camera_mode: 3 },
    progress: { current_step: 3000, percent: 100 },
    status: 'ok',
    output: { status: 'ok' },
  },
  { need_reply: 1 },
)
await sleep(300)
const heard = new Set(seen.event.map((one) => one.method))
for (const method of [
  'drc_status_notify',
  'joystick_invalid_notify',
  'cloud_control_auth_notify',
  'fly_to_point_progress',
  'return_home_info',
  'poi_status_notify',
  'camera_photo_take_progress',
])
  check(`events ${method}: told to the host`, heard.has(method))
for (const method of [
  'drc_status_notify',
  'joystick_invalid_notify',
  'cloud_control_auth_notify',
  'fly_to_point_progress',
])
  check(
    `events ${method}: answered`,
    rc.heard.some(
      (one) =>
        one.topic === `thing/product/${rcSn}/events_reply` &&
        one.body.tid === `tid-${method}` &&
        one.body.data.result === 0,
    ),
  )
for (const method of [
  'osd_info_push',
  'hsi_info_push',
  'delay_info_push',
  'drc_camera_osd_info_push',
  'heart_beat',
])
  check(
    `drc/up ${method}: told to the host, or that it is not`,
    heard.has(method) || seen.invalid.length + seen.refused.length > 0,
    heard.has(method)
      ? ''
      : `no event, invalid ${JSON.stringify(seen.invalid)}, refused ${JSON.stringify(seen.refused)}`,
  )
check(
  'the host can speak on drc/down',
  ['publish', 'send', 'drc', 'sendDrcCommand', 'drcDown'].some(
    (name) => typeof cloud.devices[name] === 'function' || typeof cloud[name] === 'function',
  ),
  `cloud.devices: ${Object.keys(cloud.devices).join(' ')}`,
)
await finish()
