import { type CloudEvents, isDeviceEvent, type Services } from 'dji-cloud'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { DeviceFields } from '../../../src/core/devices/fields/index.ts'
import type { WorkspaceDevices } from '../../../src/core/devices/scoped.ts'
import { createTelemetry } from '../../../src/core/devices/telemetry.ts'

/** What the compiler has to accept and to refuse: `npm run typecheck` is the test. Nothing of it runs. */
async function commands(devices: WorkspaceDevices, method: string): Promise<void> {
  const photo = await devices.callService('A1', 'camera_photo_take', { payload_index: '66-0-0' })
  expectTypeOf(photo.output).toEqualTypeOf<Services['camera_photo_take']['output'] | undefined>()
  await devices.callService('A1', 'camera_photo_take', { payload_index: '66-0-0' }, { timeoutMs: 5 })
  // @ts-expect-error the camera is missing
  await devices.callService('A1', 'camera_photo_take')
  const zoom = { payload_index: '66-0-0', camera_type: 'ir', zoom_factor: '2' } as const
  // @ts-expect-error a zoom factor is a number
  await devices.callService('A1', 'camera_focal_length_set', zoom)
  await devices.callService('A1', 'drc_mode_exit')
  // What DJI does not document for Pilot takes anything, and so does a method that is only known at run time.
  await devices.callService('A1', 'return_home')
  const open = await devices.callService('A1', method, { a: 1 })
  expectTypeOf(open.output).toBeUnknown()
}

function fields(osd: DeviceFields): void {
  expectTypeOf(osd.latitude).toEqualTypeOf<number | undefined>()
  expectTypeOf(osd.battery?.batteries?.[0]?.voltage).toEqualTypeOf<number | undefined>()
  expectTypeOf(osd.cameras?.[0]?.payload_index).toEqualTypeOf<string | undefined>()
  expectTypeOf(osd.wireless_link?.['4g_quality']).toEqualTypeOf<number | undefined>()
  expectTypeOf(osd.live_capacity?.device_list?.[0]?.sn).toEqualTypeOf<string | undefined>()
  // Of newer firmware: reachable, and to be looked at before use.
  expectTypeOf(osd['field_of_next_year']).toBeUnknown()
  expectTypeOf(osd.position_state?.['field_of_next_year']).toBeUnknown()
}

const event = (method: string | null, data: unknown): CloudEvents['device.event'] => ({
  ...{ workspaceId: 'w', gateway: 'G1', serial: 'G1', at: 0, channel: 'events', seq: null },
  ...{ method, data },
})

describe('the documented fields', () => {
  it('are types', () => {
    expect([commands, fields]).toHaveLength(2)
  })

  it('are not checked: what a device sent is what the host gets', () => {
    const telemetry = createTelemetry()
    const told = { latitude: '47', battery: null, field_of_next_year: [1] }
    telemetry.osd({ workspaceId: 'w', gateway: 'G1', serial: 'A1', at: 1, data: told })
    expect(telemetry.latest('A1')?.osd).toEqual(told)
  })
})

describe('an event of a device', () => {
  it('is known by its method', () => {
    const linked = event('drc_status_notify', { drc_state: 2, result: 0 })
    if (!isDeviceEvent(linked, 'drc_status_notify')) throw new Error('not recognised')
    expectTypeOf(linked.data?.result).toEqualTypeOf<number | undefined>()
    expect(linked.data?.drc_state).toBe(2)
    expect(linked.gateway).toBe('G1')
  })

  it.each([null, 'hsi_info_push', 'DRC_STATUS_NOTIFY'])('of the method %j is another one', (method) => {
    expect(isDeviceEvent(event(method, {}), 'drc_status_notify')).toBe(false)
  })
})
