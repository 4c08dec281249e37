import { beforeEach, describe, expect, it } from 'vitest'
import { createRegistry } from '../../../src/core/devices/registry.ts'
import { accessList, decidePublish } from '../../../src/core/mqtt/access.ts'
import { createGatewayProtocol, type GatewayProtocol } from '../../../src/core/mqtt/gateway.ts'
import { silentLogger } from '../../../src/core/ports/index.ts'
import {
  connection,
  fakeClock,
  fakeDevices,
  principal,
  protocolParts,
  recordEvents,
} from '../../support/mqtt-core.ts'

/** Every upward method of DJI's pages about Pilot (RC Plus 2, RC Pro, others), by the end of its topic. */
const UPWARD: Readonly<Record<string, string>> = {
  'sys/status': 'update_topo',
  'thing/status': 'update_topo',
  'thing/requests': 'config storage_config_get airport_bind_status never_heard_of',
  'thing/events': `camera_photo_take_progress cloud_control_auth_notify drc_status_notify fly_to_point_progress
    joystick_invalid_notify poi_status_notify return_home_info takeoff_to_point_progress hms never_heard_of`,
  'thing/services_reply': `camera_aim camera_exposure_mode_set camera_exposure_set camera_focal_length_set
    camera_focus_mode_set camera_focus_value_set camera_look_at camera_mode_switch camera_photo_stop camera_photo_take
    camera_point_focus_action camera_recording_start camera_recording_stop camera_screen_drag camera_screen_split
    cloud_control_auth_request cloud_control_release drc_mode_enter drc_mode_exit fly_to_point fly_to_point_stop
    fly_to_point_update gimbal_reset ir_metering_area_set ir_metering_mode_set ir_metering_point_set live_lens_change
    live_set_quality live_start_push live_stop_push poi_circle_speed_set poi_mode_enter poi_mode_exit return_home
    return_home_cancel takeoff_to_point`,
  'thing/drc/up': `delay_info_push drc_camera_aim drc_camera_aperture_value_set drc_camera_dewarping_set
    drc_camera_exposure_mode_set drc_camera_exposure_set drc_camera_focal_length_set drc_camera_focus_mode_set
    drc_camera_focus_value_set drc_camera_frame_zoom drc_camera_iso_set drc_camera_look_at
    drc_camera_mechanical_shutter_set drc_camera_mode_switch drc_camera_osd_info_push drc_camera_photo_info_push
    drc_camera_photo_stop drc_camera_photo_take drc_camera_point_focus_action drc_camera_recording_start
    drc_camera_recording_stop drc_camera_screen_drag drc_camera_screen_split drc_camera_shutter_set
    drc_camera_state_push drc_drone_state_push drc_emergency_landing drc_force_landing drc_gimbal_reset
    drc_initial_state_subscribe drc_interval_photo_set drc_ir_metering_area_set drc_ir_metering_mode_set
    drc_ir_metering_point_set drc_linkage_zoom_set drc_live_lens_change drc_night_lights_state_set
    drc_photo_storage_set drc_stealth_state_set drc_video_resolution_set drc_video_storage_set drone_emergency_stop
    heart_beat hsi_info_push osd_info_push`,
}
const SAMPLES = Object.entries(UPWARD).flatMap(([kind, methods]) =>
  methods.split(/\s+/).map((method) => [kind, method] as const),
)

let events: ReturnType<typeof recordEvents>
let protocol: GatewayProtocol
const clock = fakeClock()
const who = principal('G1')

const topicOf = (kind: string, serial = 'G1') => kind.replace('/', `/product/${serial}/`)
const say = (topic: string, body: unknown) =>
  protocol.receive({ topic, principal: who, payload: new TextEncoder().encode(JSON.stringify(body)) })

beforeEach(async () => {
  events = recordEvents()
  const registry = createRegistry({ devices: fakeDevices(), emit: events.emit, clock })
  registry.connected('G1', connection(who))
  const publish = async () => undefined
  protocol = createGatewayProtocol({
    ...{ registry, ...protocolParts(publish), emit: events.emit, clock, logger: silentLogger },
  })
  await say('sys/product/G1/status', {
    method: 'update_topo',
    data: { type: 174, sub_devices: [{ sn: 'A1', type: 99 }] },
  })
  events.take()
})

describe('no allowed message is dropped', () => {
  it.each(SAMPLES)('%s %s', async (kind, method) => {
    const topic = topicOf(kind)
    expect(decidePublish({ kind: 'gateway', gateway: 'G1', aircraft: new Set() }, topic, false).allow).toBe(
      true,
    )
    const data =
      method === 'update_topo' ? { type: 119, sub_devices: [] } : { result: 0, output: { some: 'thing' } }
    await say(topic, { tid: 't', bid: 'b', method, seq: 7, data })
    const told = events.events.map(({ event }) => event as { method?: string; data?: unknown })
    if (method === 'update_topo')
      expect(events.take()).toEqual(['gateway.updated G1', 'aircraft.offline A1 unlinked'])
    else expect(told).toMatchObject([{ method, data, gateway: 'G1', serial: 'G1' }])
  })

  const { publish } = accessList('G1', ['A1'])
  it.each(publish.flatMap((topic) => [{}, { a: 1 }].map((data) => [topic, data] as const)))(
    'any message on %s: %j',
    async (topic, data) => {
      await say(topic, { data })
      const names = events.events.map(({ name }) => name)
      const isTopology = topic.endsWith('/status')
      expect(names.length).toBeGreaterThan(0)
      // A topology that names no aircraft is one: it has none any more.
      if (isTopology) expect(names).toContain('aircraft.offline')
      else expect(names.join()).toMatch(/device\.(osd|state|event|request)/)
    },
  )
  it.each(publish)('an unreadable message on %s is reported', async (topic) => {
    for (const body of [[], 'text', null, 5]) await say(topic, body)
    expect(events.of('message.invalid').map((event) => event.topic)).toEqual(Array(4).fill(topic))
  })
})

it('an event from DRC has a channel and a number, and one from a probe has neither', async () => {
  await say('thing/product/G1/drc/up', { method: 'heart_beat', seq: 3, timestamp: 1, data: { timestamp: 1 } })
  await say('sys/product/A1/network/probe', { tid: 't', data: { rtt: 5 } })
  const about = { workspaceId: 'W1', gateway: 'G1', at: clock.now() }
  expect(events.of('device.event')).toEqual([
    { ...about, serial: 'G1', channel: 'drc/up', method: 'heart_beat', seq: 3, data: { timestamp: 1 } },
    { ...about, serial: 'A1', channel: 'network/probe', method: null, seq: null, data: { rtt: 5 } },
  ])
})
