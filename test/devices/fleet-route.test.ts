import { afterAll, beforeAll, expect, it } from 'vitest'
import { fleetOf } from '../../src/core/devices/fleet-of.ts'
import { deviceModel } from '../../src/core/devices/models.ts'
import { MOST_DEVICES } from '../../src/core/pages/fleet.ts'
import type { DeviceRecord } from '../../src/core/ports/devices.ts'
import type { VirtualPilot } from '../../src/testing/index.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'
import { A1, A2, G1, G2, logIn, newPilot } from './picture.ts'

const PASSWORD = 'a-fake-password'
const FOREIGN = '1581FAKE00000000000B'
const users = [
  { username: 'ada', password: PASSWORD, workspace: WORKSPACE_A },
  { username: 'eve', password: PASSWORD, workspace: WORKSPACE_B },
  { username: 'wilma', password: PASSWORD, workspace: WORKSPACE_A, role: 'web' as const },
  { username: 'walter', password: PASSWORD, workspace: WORKSPACE_B, role: 'web' as const },
]

let host: TestCloud
const pilots: VirtualPilot[] = []

beforeAll(async () => {
  host = await startCloud({ users, presence: { graceSeconds: 1 } })
  for (const [user, gateway, aircraft] of [
    ['ada', G1, A1],
    ['eve', G2, FOREIGN],
  ] as const) {
    const pilot = newPilot(host.link, gateway, aircraft)
    pilots.push(pilot)
    await pilot.login(user, PASSWORD)
    await pilot.topologyAcknowledged()
  }
})
afterAll(async () => {
  for (const pilot of pilots) await pilot.close()
  await host.close()
})

async function fleet(username: string) {
  const user = users.find((one) => one.username === username) ?? users[0]
  const token = await logIn(host.url, user as { username: string; password: string })
  const { json } = await ask(host.url, '/pilot/fleet/devices', { headers: { 'x-auth-token': token } })
  return json.data ?? {}
}

it('shows a web user every device of the workspace, with its values, controller and pilot', async () => {
  await expect
    .poll(() => fleet('wilma'))
    .toMatchObject({
      aircraft_total: 1,
      aircraft: [
        {
          ...{ sn: A1, model: 'Mavic 3E', online: true, gateway_sn: G1, pilot: 'ada', mode_code: 3 },
          battery_percent: expect.any(Number),
          latitude: expect.any(Number),
          longitude: expect.any(Number),
          elevation: expect.any(Number),
          horizontal_speed: expect.any(Number),
        },
      ],
      gateways: [{ sn: G1, model: 'RC Pro Enterprise', online: true, pilot: 'ada' }],
    })
})

it('shows nothing of another workspace', async () => {
  const text = JSON.stringify(await fleet('walter'))
  for (const hidden of [G1, A1, 'ada']) expect(text).not.toContain(hidden)
  expect(text).toContain(FOREIGN)
  expect(JSON.stringify(await fleet('wilma'))).not.toContain(FOREIGN)
})

it('keeps what is offline, with its last values, and without a pilot', async () => {
  const [first] = pilots
  first?.cutNetwork()
  await expect
    .poll(() => fleet('wilma'), { timeout: 10_000 })
    .toMatchObject({
      aircraft: [{ sn: A1, online: false, gateway_sn: G1, pilot: '', battery_percent: expect.any(Number) }],
      gateways: [{ sn: G1, online: false, pilot: '' }],
    })
  first?.restoreNetwork()
})

it('has devices that were never seen since the start', async () => {
  await host.cloud.devices.in(WORKSPACE_B.id).claim('RCFAKE0000NEW')
  expect(await fleet('walter')).toMatchObject({
    gateways: expect.arrayContaining([
      expect.objectContaining({ sn: 'RCFAKE0000NEW', online: false, last_report_at: null }),
    ]),
  })
})

it('needs a token', async () => {
  expect((await ask(host.url, '/pilot/fleet/devices')).status).toBe(401)
})

const record = (serial: string, more: Partial<DeviceRecord> = {}): DeviceRecord => ({
  ...{ serial, workspaceId: 'W', model: null, nickname: null, boundBy: null, boundAt: null, claimedBy: null },
  ...{ lastSeenAt: null, gateway: null, aircraft: [], liveUser: null, onlineSince: null },
  ...more,
})
const NOTHING = { now: 1, gateways: [], stateOf: () => null, pilots: new Map<string, string>() }

it.each<[string, DeviceRecord, 'aircraft' | 'gateways']>([
  ['a record with its controller', record('X', { gateway: 'G' }), 'aircraft'],
  ['a record with the model of an aircraft', record('X', { model: '0-77-0' }), 'aircraft'],
  ['a record with an aircraft', record('X', { aircraft: ['A'] }), 'gateways'],
  ['a record with the model of a dock', record('X', { model: '3-2-0' }), 'gateways'],
  ['a record of which nothing is known', record('X'), 'gateways'],
])('%s is in the right list', (_, given, where) => {
  const shown = fleetOf({ ...NOTHING, records: [given] })
  expect([...shown.aircraft, ...shown.gateways]).toHaveLength(1)
  expect(shown[where]).toMatchObject([{ sn: 'X', online: false }])
})

it('lists a device once, and those that are online or were seen last before the limit', () => {
  const view = { nickname: null, controllerIndex: null, onlineSince: 0, handovers: 0, lastSeenAt: 5 }
  const gateway = {
    ...{
      serial: 'G',
      workspaceId: 'W',
      sessionId: 's',
      userId: 'u',
      model: null,
      nickname: null,
      online: true,
    },
    ...{ onlineSince: 0, connected: true, awaitingReconnect: false, lastSeenAt: 5, linked: [] },
    aircraft: [{ ...view, serial: A2, model: deviceModel(0, 77, 0), online: true }],
  }
  const many = Array.from({ length: MOST_DEVICES }, (_, index) =>
    record(`OLD${index}`, { model: '0-77-0', lastSeenAt: index + 10 }),
  )
  const shown = fleetOf({
    ...NOTHING,
    gateways: [gateway],
    records: [record(A2, { gateway: 'G' }), record('G', { aircraft: [A2] }), ...many],
    pilots: new Map([['s', 'ada']]),
  })
  expect(shown.aircraft_total).toBe(MOST_DEVICES + 1)
  expect(shown.aircraft).toHaveLength(MOST_DEVICES)
  expect(shown.aircraft[0]).toMatchObject({ sn: A2, pilot: 'ada', gateway_sn: 'G' })
  expect(shown.aircraft.map(({ sn }) => sn)).not.toContain('OLD0')
  expect(shown.gateways.map(({ sn }) => sn)).toEqual(['G'])
})
