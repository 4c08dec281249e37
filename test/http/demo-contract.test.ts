import { readFile } from 'node:fs/promises'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { CALLS, OTHER_CALLS, PUSH_FRAME, PUSHES } from '../../scripts/docs/demo/contract.ts'
import { misfits } from '../../scripts/docs/demo/fits.ts'
import { type Is, SHAPES } from '../../scripts/docs/demo/shapes.ts'
import { demoContractPage } from '../../scripts/docs/demo-contract-page.ts'
import { memoryUsers } from '../../src/adapters/users/memory.ts'
import { routeTable } from '../../src/core/http/table.ts'
import { parseOptions } from '../../src/core/options/parse.ts'
import type { UserStore } from '../../src/core/ports/index.ts'
import { OWN_PUSHES } from '../../src/core/realtime/hub.ts'
import { logIn, type Watched, watchWorkspace } from '../devices/picture.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask, type Reply } from '../support/http.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'

const ANNA = { id: 'user-anna', username: 'anna', password: 'obviously-fake-1', workspace: WORKSPACE_A }
const BERT = { username: 'bert', password: 'obviously-fake-2', workspace: WORKSPACE_B }
const WEBB = {
  ...{ username: 'webb', password: 'obviously-fake-3', workspace: WORKSPACE_A },
  role: 'web' as const,
}
const [RC, DOCK, AIRCRAFT] = ['RCFAKE00000001', 'DOCKFAKE000001', '1581FAKE000000000001']
const API = '/manage/api/v1'
const W = WORKSPACE_A.id

/** The list, with a tenant that only this one name has to give, and a code for another one. */
const LIST = memoryUsers([ANNA, BERT, WEBB])
const USERS: UserStore = {
  ...LIST,
  fields: { tenant: { label: 'Tenant', required: false, choices: { alpha: 'Alpha' } } },
  authenticate: async (credentials) =>
    credentials.username === 'coded' ? { challenge: 'otp', id: 'coded' } : LIST.authenticate(credentials),
  verifyChallenge: async () => null,
}

let host: TestCloud
let browser: Watched
let pilot: Watched
/** By call and outcome. */
const answers = new Map<string, Reply[]>()

beforeAll(async () => {
  host = await startCloud({
    users: USERS,
    telemetry: { intervalMs: 50 },
    limits: { devicesPerWorkspace: 3 },
    loginRateLimit: { perAccountAndAddress: { attempts: 3, windowSeconds: 900 } },
  })
  await everythingOnce()
}, 60_000)
afterAll(async () => {
  browser.close()
  pilot.close()
  await host.close()
})

async function everythingOnce(): Promise<void> {
  const call = async (row: string, path: string, token: string | null, body?: object): Promise<Reply> => {
    const [method = 'GET'] = row.split(' ')
    const reply = await ask(host.url, `${API}${path}`, {
      ...{ method, headers: token === null ? {} : { 'x-auth-token': token } },
      ...(body === undefined ? {} : { body }),
    })
    answers.set(row, [...(answers.get(row) ?? []), reply])
    return reply
  }
  const login = (when: string, user: { username: string; password: string }, flag: number) =>
    call(`POST /login: ${when}`, '/login', null, { username: user.username, password: user.password, flag })

  const tokenOf = ({ json }: Reply) => String(json.data?.['access_token'])
  const web = tokenOf(await login('an account of the role web', WEBB, 1))
  const anna = tokenOf(await login('an account of the role pilot', ANNA, 2))
  const bert = await logIn(host.url, BERT)
  await login('an account of the other role', WEBB, 2)
  for (const username of ['anna', 'nobody'])
    await login('wrong name or password', { username, password: 'wrong' }, 2)
  for (const when of ['x', 'x', 'x', 'too many failures'])
    await login(when, { username: 'guessed', password: 'wrong' }, 2)
  await login('the password is right and a code is needed', { username: 'coded', password: 'fake' }, 2)
  await call('POST /login: a field of the user store is missing', '/login', null, {
    ...{ username: 'anna', password: 'fake', flag: 2, tenant: 'none of them' },
  })
  const spent = await logIn(host.url, WEBB)
  await call('POST /token/refresh: a token that can be refreshed', '/token/refresh', spent, {})
  await call('POST /token/refresh: any other', '/token/refresh', null, {})
  await call('GET /users/current: an account of the role web', '/users/current', web)
  await call('GET /users/current: an account of the role pilot', '/users/current', anna)
  await call('GET /users/current: without a token', '/users/current', null)
  await call('GET /workspaces/current', '/workspaces/current', anna)

  const bind = (when: string, serial: string, token: string) =>
    call(`POST /devices/:device_sn/binding: ${when}`, `/devices/${serial}/binding`, token, {
      ...{ device_sn: serial, domain: '2' },
    })
  const change = (when: string, serial: string) =>
    call(`PUT /devices/:workspace_id/devices/:device_sn: ${when}`, `/devices/${W}/devices/${serial}`, web, {
      nickname: 'Number one',
    })
  const lists = async () => {
    await call('GET /devices/:workspace_id/devices', `/devices/${W}/devices`, web)
    for (const query of ['?&page=1&page_size=50&domain=0', '?&page=1&page_size=2', '?&domain=3'])
      await call('GET /devices/:workspace_id/devices/bound', `/devices/${W}/devices/bound${query}`, web)
    for (const serial of [RC, DOCK, AIRCRAFT])
      await call(
        'GET /devices/:workspace_id/devices/:device_sn: it is known',
        `/devices/${W}/devices/${serial}`,
        web,
      )
    await call(
      'GET /workspaces/:workspace_id/devices/topologies',
      `/workspaces/${W}/devices/topologies`,
      anna,
    )
  }
  // Bound, and never seen: hardly anything is known of it.
  await bind('no other workspace has it', RC, anna)
  await bind('no other workspace has it', DOCK, anna)
  await bind('no other workspace has it', AIRCRAFT, anna)
  await bind('another workspace has it', RC, bert)
  await bind('the workspace has reached its limit', 'RCFAKE0000MORE', anna)
  await lists()

  const watch = (token: string) => watchWorkspace({ url: host.url, cloud: host.cloud, workspaceId: W, token })
  ;[browser, pilot] = [await watch(web), await watch(anna)]
  const told = (watched: Watched, code: string, serial: string) =>
    watched.push(({ biz_code, data }) => biz_code === code && data['sn'] === serial)

  const rc = await controller(RC, anna)
  const dock = await controller(DOCK, anna)
  const both = (code: string, serial: string) => [told(browser, code, serial), told(pilot, code, serial)]
  const online = [
    ...both('device_online', RC),
    ...both('device_online', AIRCRAFT),
    ...both('device_online', DOCK),
  ]
  await say(rc, `sys/product/${RC}/status`, 'update_topo', {
    ...{ domain: 2, type: 119, sub_type: 0 },
    sub_devices: [{ sn: AIRCRAFT, domain: 0, type: 67, sub_type: 1 }],
  })
  await say(dock, `sys/product/${DOCK}/status`, 'update_topo', {
    ...{ domain: 3, type: 2, sub_type: 0, sub_devices: [] },
  })
  await Promise.all(online)
  const reported = [
    ...both('device_osd', AIRCRAFT),
    ...[told(browser, 'gateway_osd', RC), told(pilot, 'device_osd', RC), told(browser, 'dock_osd', DOCK)],
  ]
  await say(rc, `thing/product/${AIRCRAFT}/osd`, null, AIRCRAFT_OSD)
  await say(rc, `thing/product/${RC}/osd`, null, {
    ...{ capacity_percent: 62, latitude: 47, longitude: 8, height: 400, wireless_link: { sdr_quality: 5 } },
  })
  await say(dock, `thing/product/${DOCK}/osd`, null, {
    ...{ mode_code: 0, latitude: 47, longitude: 8, height: 400, drone_in_dock: 1 },
    ...{ job_number: 12, acc_time: 8_000, wireless_link: { sdr_quality: 5 }, drc_state: 0 },
  })
  await Promise.all(reported)
  await change('a nickname', AIRCRAFT)
  await change('it is not known', 'RCFAKE0000NONE')
  await lists()
  const unknown =
    'GET /devices/:workspace_id/devices/:device_sn: it is not known, or belongs to another workspace'
  await call(unknown, `/devices/${W}/devices/RCFAKE0000NONE`, web)
  await call(unknown, `/devices/${WORKSPACE_B.id}/devices/${RC}`, bert)

  const gone = [...both('device_offline', AIRCRAFT), ...both('device_offline', RC)]
  await say(rc, `sys/product/${RC}/status`, 'update_topo', {
    ...{ domain: 2, type: 119, sub_type: 0, sub_devices: [] },
  })
  await host.cloud.devices.disconnect(RC)
  await Promise.all(gone)
  await Promise.all([rc, dock].map((client) => client.endAsync(true)))
  const unbind = (when: string, token: string) =>
    call(`DELETE /devices/:device_sn/unbinding: ${when}`, `/devices/${AIRCRAFT}/unbinding`, token)
  await unbind('this workspace does not have it', bert)
  await unbind('this workspace has it', anna)
}

const AIRCRAFT_OSD = {
  ...{ latitude: 47, longitude: 8, height: 450, elevation: 50, attitude_head: 4 },
  ...{ horizontal_speed: 1.5, vertical_speed: 0, mode_code: 3, gear: 1 },
  battery: { capacity_percent: 81, landing_power: 8, return_home_power: 25, remain_flight_time: 1_500 },
  position_state: { is_fixed: 2, gps_number: 20, rtk_number: 0, quality: 5 },
  payloads: [
    { payload_index: '53-0-0', sn: 'FAKEPAYLOAD1', control_source: 'A' },
    { payload_index: '39-0-7' },
  ],
}

async function controller(serial: string, token: string): Promise<MqttClient> {
  const { json } = await ask(host.url, `${API}/mqtt/credentials`, {
    ...{ method: 'POST', headers: { 'x-auth-token': token }, body: { gateway_sn: serial } },
  })
  const { username = '', password = '' } = json.data as Record<string, string>
  return connectAsync(host.cloud.mqttAddress('127.0.0.1'), {
    ...{ username, password, clientId: serial, reconnectPeriod: 0, protocolVersion: 5 },
  })
}

const say = (client: MqttClient, topic: string, method: string | null, data: object) =>
  client.publishAsync(
    topic,
    JSON.stringify({ tid: 't', bid: 'b', timestamp: 1, ...(method === null ? {} : { method }), data }),
    { qos: 1 },
  )

const rowOf = ({ call, when }: (typeof CALLS)[number]): string =>
  when === undefined ? call : `${call}: ${when}`

describe('an answer is as the contract says, field by field', () => {
  it.each(CALLS.map((row) => [rowOf(row), row] as const))('%s', (name, { status, code, data }) => {
    const replies = answers.get(name) ?? []
    expect(replies.length).toBeGreaterThan(0)
    for (const reply of replies) {
      expect([reply.status, reply.json.code]).toEqual([status, code])
      expect(Object.keys(reply.json).sort()).toEqual(['code', 'data', 'message'])
      expect(reply.json.message).toMatch(code === 0 ? /^success$/ : /./)
      expect(misfits(reply.json.data, data)).toEqual([])
    }
  })
})

describe('a push is as the contract says, field by field', () => {
  const isOf: Readonly<Record<string, string>> = {
    ...{ 'an aircraft': AIRCRAFT, 'a dock': DOCK, 'a controller': RC, 'a gateway': RC },
  }
  it.each(PUSHES.map((row) => [`${row.push} of ${row.of} to ${row.to}`, row] as const))('%s', (_, row) => {
    const watchers = { web: [browser], pilot: [pilot], both: [browser, pilot] }[row.to]
    for (const { pushes } of watchers) {
      const those = pushes.filter(
        ({ biz_code, data }) => biz_code === row.push && data['sn'] === isOf[row.of],
      )
      expect(those.length).toBeGreaterThan(0)
      for (const push of those) {
        expect(Object.keys(push).sort()).toEqual(PUSH_FRAME)
        expect(push).toMatchObject({ version: '1.0' })
        expect(misfits((push as unknown as { timestamp: number }).timestamp, 'milliseconds')).toEqual([])
        expect(misfits(push.data, row.data)).toEqual([])
      }
    }
  })

  it('and nobody is told anything else', () => {
    const toldTo = (to: 'web' | 'pilot') =>
      new Set(PUSHES.flatMap((row) => (row.to === to || row.to === 'both' ? [row.push] : [])))
    for (const [to, { pushes }] of [['web', browser] as const, ['pilot', pilot] as const])
      expect([to, new Set(pushes.map(({ biz_code }) => biz_code))]).toEqual([to, toldTo(to)])
  })
})

test('what a device is called is the same in every answer and push', async () => {
  const one = answers.get('GET /devices/:workspace_id/devices/:device_sn: it is known')?.at(-1)?.json.data
  expect(one).toMatchObject({
    ...{ device_sn: AIRCRAFT, nickname: 'Number one', device_name: 'Matrice 30T', status: true, domain: 0 },
    ...{ bound_status: true, parent_sn: RC, workspace_name: WORKSPACE_A.name, user_id: 'user-anna' },
  })
  expect(one?.['payloads_list']).toMatchObject([
    { payload_sn: 'FAKEPAYLOAD1', index: 0, control_source: 'A' },
    { payload_sn: `${AIRCRAFT}-7`, index: 7, control_source: '' },
  ])
  expect(browser.pushes.find(({ data }) => data['sn'] === AIRCRAFT)?.data).toMatchObject({
    ...{ model: 'Matrice 30T', domain: 0, bound_status: true, gateway_sn: RC, user_callsign: 'anna' },
  })
  const whole = browser.pushes.find(
    ({ biz_code, data }) => biz_code === 'device_osd' && data['sn'] === AIRCRAFT,
  )
  expect(whole?.data['host']).toEqual(AIRCRAFT_OSD)
})

describe('the contract', () => {
  it('has every call of these paths, and every push', () => {
    const rows = routeTable({ options: parseOptions({}, {}), assets: {} } as never, { jwks: null })
    const calls = rows.flatMap(({ method, path }) =>
      path.startsWith(API) ? [`${method} ${path.slice(API.length)}`] : [],
    )
    expect([...new Set([...CALLS.map(({ call }) => call), ...OTHER_CALLS])].sort()).toEqual(calls.sort())
    expect([...new Set(PUSHES.map(({ push }) => push))].sort()).toEqual([...OWN_PUSHES].sort())
  })

  it('refuses nothing with a 200 that Pilot itself asks for: it would take that for an answer', () => {
    const rows = routeTable({ options: parseOptions({}, {}), assets: {} } as never, { jwks: null })
    const page = /\/(login|binding|unbinding|devices\/:device_sn)$/
    const declining = rows.filter(({ declines }) => declines !== undefined)
    expect(declining.length).toBeGreaterThan(4)
    expect(declining.map(({ path }) => path).filter((path) => !page.test(path))).toEqual([])
  })

  it('uses every shape that it has, and has every shape that it uses', () => {
    const named = (is: Is) =>
      [is].flat().flatMap((kind) => (kind.includes(':') ? [kind.split(':')[1] ?? ''] : []))
    const used = [
      ...[...CALLS, ...PUSHES].flatMap(({ data }) => named(data)),
      ...Object.values(SHAPES).flatMap(({ fields }) => fields.flatMap(({ here }) => named(here))),
    ]
    expect([...new Set(used)].sort()).toEqual(Object.keys(SHAPES).sort())
  })

  it('is what the page shows (npm run docs)', async () => {
    expect(await readFile(new URL('../../docs/demo-contract.md', import.meta.url), 'utf8')).toBe(
      demoContractPage(),
    )
  })

  it('notices a field that is missing, of another kind, or unknown', () => {
    const page = { page: 1, page_size: 2, total: 3 }
    expect(misfits(page, 'shape:pagination')).toEqual([])
    expect(misfits({ ...page, page: '1' }, 'shape:pagination')).toEqual(['.page: "1" is not number'])
    expect(misfits({ page: 1, total: 3 }, 'shape:pagination')).toEqual(['.page_size: nothing is not number'])
    expect(misfits({ ...page, pages: 1 }, 'shape:pagination')).toEqual(['.pages: is not in the contract'])
    expect(misfits([page, null], 'list:pagination')).toEqual(['[1]: null is not shape:pagination'])
    expect(misfits(null, ['shape:pagination', 'null'])).toEqual([])
  })
})
