import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memoryDevices } from '../../src/index.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { type Ask, ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'
import { A1, G1, G2, logIn, newPilot } from './picture.ts'

const ANNA = { id: 'user-anna', username: 'anna', password: 'obviously-fake-1', workspace: WORKSPACE_A }
const BERT = { username: 'bert', password: 'obviously-fake-3', workspace: WORKSPACE_B }

const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/

describe('devices over HTTP', () => {
  let host: TestCloud
  let anna: string
  let bert: string

  beforeAll(async () => {
    host = await startCloud({ users: [ANNA, BERT] })
    anna = await logIn(host.url, ANNA)
    bert = await logIn(host.url, BERT)
  })
  afterAll(() => host.close())

  const api = (path: string, token: string, more: Ask = {}) =>
    ask(host.url, `/manage/api/v1${path}`, { ...more, headers: { 'x-auth-token': token } })
  const bind = (serial: string, token: string, body: object = {}) =>
    api(`/devices/${serial}/binding`, token, { method: 'POST', body: { device_sn: serial, ...body } })
  const listed = async (token: string, workspace: { id: string }, path = '') =>
    (await api(`/devices/${workspace.id}/devices${path}`, token)).json.data as never

  test('binding is for ever one workspace’s, and never stolen', async () => {
    const body = { user_id: 'user-anna', workspace_id: WORKSPACE_A.id }
    expect((await bind('RCFAKE0000BIND', anna, body)).json).toEqual({
      code: 0,
      message: 'success',
      data: '',
    })
    expect((await bind('RCFAKE0000BIND', anna, body)).json.code).toBe(0)
    const stolen = await bind('RCFAKE0000BIND', bert)
    expect([stolen.status, stolen.json.code, stolen.json.data?.error]).toEqual([
      200,
      403003,
      'OTHER_WORKSPACE',
    ])
    expect(JSON.stringify(stolen.json)).not.toContain(WORKSPACE_A.id)
    const unbind = (token: string) => api('/devices/RCFAKE0000BIND/unbinding', token, { method: 'DELETE' })
    expect((await unbind(bert)).json).toMatchObject({ code: -1, data: { error: 'DEVICE_UNKNOWN' } })
    expect((await unbind(anna)).json.code).toBe(0)
    expect((await unbind(anna)).json.code).toBe(-1)
    expect((await bind('RCFAKE0000BIND', bert)).json.code).toBe(0)
  })

  test.each([
    ['another workspace', { workspace_id: WORKSPACE_B.id }, 200, undefined],
    ['another user', { user_id: 'bert' }, 400, 'user_id'],
    ['another device', { device_sn: 'RCFAKE00000099' }, 400, 'device_sn'],
    ['a number', { user_id: 1 }, 400, 'user_id'],
  ])('a body that names %s', async (_, body, status, field) => {
    const answer = await bind('RCFAKE00000098', anna, body)
    const issues = answer.json.data?.issues as { field: string }[] | undefined
    expect([answer.status, issues?.[0]?.field]).toEqual([status, field])
  })

  test.each([
    ['POST', '/devices//binding'],
    ['DELETE', '/devices//unbinding'],
  ])('%s %s without a serial number says what to do', async (method, path) => {
    const { status, json } = await api(path, anna, { method, body: {} })
    expect(status).toBe(400)
    expect(JSON.stringify(json.data?.issues)).toContain('Restart it')
    expect((await api(path, '', { method, body: {} })).status).toBe(401)
  })

  test('a serial number that cannot be one is a 400, not a 404', async () => {
    expect((await bind('a%20b', anna)).status).toBe(400)
    expect((await api('/devices/x.y/unbinding', anna, { method: 'DELETE' })).status).toBe(400)
  })

  test('whatever can be claimed over MQTT can be unbound, however short', async () => {
    for (const serial of ['A', 'A1', 'A12', 'X'.repeat(32)]) {
      expect(
        (await api('/mqtt/credentials', anna, { method: 'POST', body: { gateway_sn: serial } })).status,
      ).toBe(200)
      expect((await bind(serial, anna)).status).toBe(200)
      const unbind = () => api(`/devices/${serial}/unbinding`, anna, { method: 'DELETE' })
      // Unknown is a 200 with a code, as in the demo.
      expect((await unbind()).json).toMatchObject({ code: 0 })
      expect((await unbind()).json).toMatchObject({ code: -1, data: { error: 'DEVICE_UNKNOWN' } })
    }
    expect((await bind('X'.repeat(33), anna)).status).toBe(400)
  })

  test('lists show who is bound, who is online and who hangs on whom', async () => {
    const pilot = newPilot(host.link, G1, A1)
    try {
      // Bound before anybody has seen it: that does not make a gateway of it.
      await bind(A1, anna)
      await api(`/devices/${A1}/unbinding`, anna, { method: 'DELETE' })
      await bind(A1, anna)
      await pilot.login(ANNA.username, ANNA.password)
      await pilot.topologyAcknowledged()
      await bind(G1, anna)
      await bind('RCFAKE0000IDLE', anna)
      const all = (await listed(anna, WORKSPACE_A)) as { device_sn: string }[]
      expect(all.map(({ device_sn }) => device_sn)).toEqual([G1, 'RCFAKE0000IDLE'])
      expect(all[0]).toMatchObject({
        ...{ device_name: 'RC Pro Enterprise', nickname: 'RC Pro Enterprise', workspace_id: WORKSPACE_A.id },
        ...{ domain: 2, type: 144, sub_type: 0, status: true, bound_status: true, user_id: 'user-anna' },
        ...{ bound_time: expect.stringMatching(TIME), login_time: expect.stringMatching(TIME) },
        ...{ workspace_name: WORKSPACE_A.name, child_device_sn: A1, parent_sn: '' },
        children: {
          ...{ device_sn: A1, device_name: 'Mavic 3E', status: true, bound_status: true, parent_sn: G1 },
          ...{ payloads_list: [], children: null },
        },
      })
      expect(all[1]).toMatchObject({ status: false, bound_status: true, domain: null })
      expect(await listed(anna, WORKSPACE_A, `/${A1}`)).toMatchObject({
        device_sn: A1,
        domain: 0,
        status: true,
      })

      const put = { method: 'PUT', body: { nickname: ' Rescue 1 ' } }
      expect((await api(`/devices/${WORKSPACE_A.id}/devices/${A1}`, anna, put)).json.code).toBe(0)
      const topologies = await api(`/workspaces/${WORKSPACE_A.id}/devices/topologies`, anna)
      const icon_urls = expect.objectContaining({ normal_icon_url: expect.any(String) })
      const keys = (key: string) => ({ key, device_model_key: key })
      const user = { user_id: 'user-anna', user_callsign: 'anna', online_status: true, icon_urls }
      expect(topologies.json.data).toEqual({
        list: [
          {
            hosts: [
              {
                ...{ sn: A1, device_callsign: 'Rescue 1', ...user },
                ...{ model: 'Mavic 3E', domain: 0, bound_status: true, gateway_sn: G1 },
                device_model: { ...keys('0-77-0'), domain: '0', type: '77', sub_type: '0' },
              },
            ],
            parents: [
              {
                ...{ sn: G1, device_callsign: 'RC Pro Enterprise', ...user },
                ...{ model: 'RC Pro Enterprise', domain: 2, bound_status: true },
                device_model: { ...keys('2-144-0'), domain: '2', type: '144', sub_type: '0' },
              },
            ],
          },
        ],
      })
      const unbound = new Promise((resolve) =>
        host.cloud.on('gateway.offline', ({ reason }) => resolve(reason)),
      )
      await api(`/devices/${G1}/unbinding`, anna, { method: 'DELETE' })
      expect(await unbound).toBe('forced')
    } finally {
      await pilot.close()
    }
  })

  test('bound devices come in pages', async () => {
    for (let index = 0; index < 5; index += 1) await bind(`RCFAKEPAGE000${index}`, bert)
    const page = async (query: string) =>
      (await listed(bert, WORKSPACE_B, `/bound?${query}`)) as {
        list: { device_sn: string }[]
        pagination: object
      }
    const second = await page('page=2&page_size=2')
    expect(second.list.map(({ device_sn }) => device_sn)).toEqual(['RCFAKEPAGE0001', 'RCFAKEPAGE0002'])
    expect(second.pagination).toEqual({ page: 2, page_size: 2, total: 6 })
    expect((await page('domain=0')).list).toEqual([])
    for (const query of ['page=0', 'page=x', 'page_size=1001', 'page=1.5'])
      expect((await api(`/devices/${WORKSPACE_B.id}/devices/bound?${query}`, bert)).status).toBe(400)
  })

  test('who binds, takes or unbinds what is told to the host', async () => {
    const told: object[] = []
    const stops = (['device.bound', 'device.unbound'] as const).map((name) =>
      host.cloud.on(name, ({ at, address, ...rest }) => {
        expect([at > 0, address]).toEqual([true, expect.stringContaining('127.0.0.1')])
        told.push({ name, ...rest })
      }),
    )
    const serial = 'RCFAKE0000TOLD'
    const by = { serial, userId: 'user-anna', workspaceId: WORKSPACE_A.id }
    const credentials = () => api('/mqtt/credentials', anna, { method: 'POST', body: { gateway_sn: serial } })
    for (let round = 0; round < 2; round += 1) {
      expect((await credentials()).status).toBe(200)
      await bind(serial, anna)
    }
    await bind(serial, bert)
    await api(`/devices/${serial}/unbinding`, bert, { method: 'DELETE' })
    await api(`/devices/${serial}/unbinding`, anna, { method: 'DELETE' })
    // First by its credentials, then by name; the second round brought nothing new.
    const bound = { name: 'device.bound', ...by }
    expect(told).toEqual([bound, bound, { name: 'device.unbound', ...by }])
    for (const stop of stops) stop()
  })

  test('of another workspace nothing is read, changed or hinted at', async () => {
    await bind(G2, anna)
    const paths = ['', '/bound', `/${G2}`].map((path) => `/devices/${WORKSPACE_A.id}/devices${path}`)
    for (const path of [...paths, `/workspaces/${WORKSPACE_A.id}/devices/topologies`])
      expect((await api(path, bert)).status).toBe(403)
    const own = `/devices/${WORKSPACE_B.id}/devices`
    const [held, none] = [await api(`${own}/${G2}`, bert), await api(`${own}/RCFAKE0000NONE`, bert)]
    expect([held.status, held.text.replace(G2, '')]).toEqual([200, none.text.replace('RCFAKE0000NONE', '')])
    const put = { method: 'PUT', body: { nickname: 'mine' } }
    expect((await api(`${own}/${G2}`, bert, put)).json.code).toBe(-1)
    const headers = { 'x-auth-token': bert, 'x-dji-cloud-status': 'http' }
    expect((await ask(host.url, `/manage/api/v1${own}/${G2}`, { headers })).status).toBe(404)
  })

  test('words of the demo are no serial numbers: they are left to the host', async () => {
    for (const word of ['hms', 'ota', 'logs', 'firmwares', 'topologies']) {
      const { status, text } = await api(`/devices/${WORKSPACE_A.id}/devices/${word}`, anna)
      expect([word, status, text.includes('DEVICE_UNKNOWN')]).toEqual([word, 404, false])
    }
  })

  test('only a nickname can be changed', async () => {
    const path = `/devices/${WORKSPACE_A.id}/devices/${G2}`
    for (const body of [
      { nickname: 'a', workspace_id: WORKSPACE_B.id },
      { nickname: 1 },
      { bound_status: false },
      {},
    ])
      expect((await api(path, anna, { method: 'PUT', body })).status).toBe(400)
  })
})

test('a workspace holds so many devices and no more, by whatever way; another is not touched by it', async () => {
  const host = await startCloud({ users: [ANNA, BERT], limits: { devicesPerWorkspace: 5 } })
  const pilot = newPilot(host.link, G1, A1)
  try {
    // One login each: a password costs time by intention.
    const tokens = new Map([
      [ANNA.username, await logIn(host.url, ANNA)],
      [BERT.username, await logIn(host.url, BERT)],
    ])
    const post = (user: typeof BERT, path: string, body: object = {}) => {
      const headers = { 'x-auth-token': tokens.get(user.username) ?? '' }
      return ask(host.url, `/manage/api/v1${path}`, { method: 'POST', headers, body })
    }
    const bind = (user: typeof BERT, serial: string) => post(user, `/devices/${serial}/binding`)
    const serials = Array.from({ length: 12 }, (_, at) => `RCFAKE0000MANY${at}`)
    await bind(ANNA, G1)
    const answers = await Promise.all(serials.map((serial) => bind(ANNA, serial)))
    expect(answers.filter(({ json }) => json.code === 0)).toHaveLength(4)
    const refused = answers.find(({ json }) => json.code !== 0)
    expect([refused?.json.code, refused?.json.data]).toEqual([
      409002,
      expect.objectContaining({
        error: 'DEVICE_LIMIT',
        limit: 5,
        issues: [expect.objectContaining({ field: 'device_sn' })],
      }),
    ])
    const credentials = await post(ANNA, '/mqtt/credentials', { gateway_sn: G2 })
    expect([credentials.status, JSON.stringify(credentials.json.data)]).toEqual([
      409,
      expect.stringContaining('gateway_sn'),
    ])
    // What it holds goes on as before, and only what is new is left out.
    expect((await bind(ANNA, G1)).json.code).toBe(0)
    const left = new Promise((resolve) => host.cloud.on('message.invalid', ({ reason }) => resolve(reason)))
    await pilot.login(ANNA.username, ANNA.password)
    await pilot.topologyAcknowledged()
    expect(await left).toBe(`sub_devices: ${A1}: one more than limits.devicesPerWorkspace allows`)
    expect(host.cloud.devices.get(G1)).toMatchObject({ online: true, aircraft: [] })
    expect((await bind(BERT, G2)).json.code).toBe(0)
  } finally {
    await pilot.close()
    await host.close()
  }
})

test('a store that is down is a 503 with Retry-After, never a 401', async () => {
  const store = memoryDevices()
  const broken = () => Promise.reject(new Error('the store is down'))
  const devices = { ...store, claim: broken, get: broken, list: broken, update: broken, release: broken }
  const host = await startCloud({ users: [ANNA], devices, broker: idleBroker() })
  const headers = { 'x-auth-token': await logIn(host.url, ANNA) }
  const workspace = WORKSPACE_A.id
  for (const [method, path] of [
    ['POST', `devices/${G1}/binding`],
    ['DELETE', `devices/${G1}/unbinding`],
    ['GET', `devices/${workspace}/devices`],
    ['GET', `devices/${workspace}/devices/bound`],
    ['GET', `devices/${workspace}/devices/${G1}`],
    ['GET', `workspaces/${workspace}/devices/topologies`],
  ] as const) {
    const answer = await ask(host.url, `/manage/api/v1/${path}`, { method, headers, body: {} })
    expect([path, answer.status, answer.headers['retry-after']]).toEqual([path, 503, '5'])
    expect(answer.text).not.toContain('the store is down')
  }
  await host.close()
})

test('asking for one device reads that one and what hangs on it, and no list', async () => {
  const devices = memoryDevices()
  const read: string[] = []
  const host = await startCloud({
    users: [ANNA],
    devices: {
      ...devices,
      get(serial) {
        read.push(serial)
        return devices.get(serial)
      },
      list(workspaceId) {
        read.push('everything')
        return devices.list(workspaceId)
      },
    },
  })
  const pilot = newPilot(host.link, G1, A1)
  try {
    await pilot.login(ANNA.username, ANNA.password)
    await pilot.topologyAcknowledged()
    const token = await logIn(host.url, ANNA)
    const one = async (serial: string) => {
      read.length = 0
      const path = `/manage/api/v1/devices/${WORKSPACE_A.id}/devices/${serial}`
      const { json } = await ask(host.url, path, { headers: { 'x-auth-token': token } })
      return [
        json.data?.device_sn,
        (json.data?.children as { device_sn: string } | null)?.device_sn,
        [...read],
      ]
    }
    expect(await one(G1)).toEqual([G1, A1, [G1, A1]])
    expect(await one(A1)).toEqual([A1, undefined, [A1]])
    expect(await one('RCFAKE0000NONE')).toEqual([undefined, undefined, ['RCFAKE0000NONE']])
  } finally {
    await pilot.close()
    await host.close()
  }
})
