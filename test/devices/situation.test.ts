import { afterAll, beforeAll, expect, it } from 'vitest'
import type { VirtualPilot } from '../../src/testing/index.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'
import { A1, A2, G1, G2, G3, logIn, newPilot } from './picture.ts'

const PASSWORD = 'a-fake-password'
const users = [
  { username: 'ada', password: PASSWORD, workspace: WORKSPACE_A },
  { username: 'ben', password: PASSWORD, workspace: WORKSPACE_A },
  { username: 'eve', password: PASSWORD, workspace: WORKSPACE_B },
]
const FOREIGN = '1581FAKE00000000000B'

let host: TestCloud
let pilots: readonly VirtualPilot[] = []

beforeAll(async () => {
  host = await startCloud({ users, presence: { graceSeconds: 1 } })
  pilots = [
    newPilot(host.link, G1, A1),
    newPilot(host.link, G2, A2, { aircraft: { serial: A2, type: 99, subType: 1 } }),
    newPilot(host.link, G3, FOREIGN),
  ]
  for (const [index, { username }] of users.entries()) {
    await pilots[index]?.login(username, PASSWORD)
    await pilots[index]?.topologyAcknowledged()
  }
})
afterAll(async () => {
  for (const pilot of pilots) await pilot.close()
  await host.close()
})

const tokens = new Map<string, string>()
async function situation(username: string, query = '') {
  const token = tokens.get(username) ?? (await logIn(host.url, { username, password: PASSWORD }))
  tokens.set(username, token)
  const { json } = await ask(host.url, `/pilot/situation${query}`, { headers: { 'x-auth-token': token } })
  return { code: json.code, data: json.data ?? {} }
}

it('shows the own controller, its aircraft, and who else flies in the workspace', async () => {
  const read = async () => (await situation('ada', `?gateway_sn=${G1}`)).data
  await expect.poll(read).toMatchObject({
    aircraft: [{ battery_percent: expect.any(Number) }],
    others: [{ battery_percent: expect.any(Number) }],
  })
  const seen = await read()
  const now = Date.now()
  expect(seen).toMatchObject({
    controller: {
      sn: G1,
      model: 'RC Pro Enterprise',
      online: true,
      battery_percent: expect.any(Number),
      sdr_quality: 5,
    },
    aircraft: [{ sn: A1, model: 'Mavic 3E', online: true, mode_code: 3, gateway_sn: G1, pilot: 'ada' }],
    others: [{ sn: A2, model: 'Matrice 4T', online: true, gateway_sn: G2, pilot: 'ben' }],
    others_total: 1,
  })
  const { last_report_at: at } = seen.controller as unknown as { last_report_at: number }
  expect(now - at).toBeLessThan(5_000)
  expect(Math.abs(now - Number(seen.now))).toBeLessThan(5_000)
})

it('shows nothing of another workspace, also when asked for it by its serial number', async () => {
  const eve = await situation('eve', `?gateway_sn=${G1}`)
  expect(eve.data).toMatchObject({ controller: null, aircraft: [], others_total: 1 })
  const text = JSON.stringify(eve)
  for (const hidden of [G1, A1, G2, A2, 'ada', 'ben']) expect(text).not.toContain(hidden)
  for (const name of ['ada', 'ben']) expect(JSON.stringify(await situation(name))).not.toContain(FOREIGN)
})

it('shows what is offline with its last values, and not among those that fly', async () => {
  const [, second] = pilots
  const ben = async () => (await situation('ben', `?gateway_sn=${G2}`)).data
  second?.cutNetwork()
  await expect.poll(ben, { timeout: 10_000 }).toMatchObject({
    controller: { sn: G2, online: false, battery_percent: expect.any(Number) },
    aircraft: [{ sn: A2, online: false, battery_percent: expect.any(Number) }],
  })
  expect((await situation('ada', `?gateway_sn=${G1}`)).data.others).toEqual([])
  second?.restoreNetwork()
  second?.unplugAircraft()
  await expect.poll(ben, { timeout: 10_000 }).toMatchObject({ controller: { online: true }, aircraft: [] })
})

it('knows the model of a controller that has not been seen since the start', async () => {
  await host.cloud.devices.in(WORKSPACE_A.id).claim('RCFAKE0000NEW')
  expect((await situation('ada', '?gateway_sn=RCFAKE0000NEW')).data.controller).toMatchObject({
    sn: 'RCFAKE0000NEW',
    online: false,
    last_report_at: null,
    battery_percent: null,
  })
})

it('needs a token, and a serial number that can be one', async () => {
  expect((await ask(host.url, '/pilot/situation')).status).toBe(401)
  const { code, data } = await situation('ada', '?gateway_sn=a%20b')
  expect([code, JSON.stringify(data)]).toEqual([400002, expect.stringContaining('gateway_sn')])
})
