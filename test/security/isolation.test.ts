// Another workspace's token, serial numbers and topics, at every door there is. Doors come from the route table, so
// that a new one cannot be forgotten.
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { routeTable } from '../../src/core/http/table.ts'
import { parseOptions } from '../../src/core/options/parse.ts'
import { phoneLogin } from '../../src/plugins/phone-login/index.ts'
import { controller, phone } from '../phone-login/stage.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { badgeReader } from '../support/badge-reader.ts'
import { type Host, startHost } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'

const MINE = 'RCFAKE000000AA'
const THEIRS = 'RCFAKE000000BB'
const THEIR_AIRCRAFT = '1581FAKE00000000000B'

/** The same two people, as the login on their phones knows them. */
const AMELIA = { id: 'amelia', username: 'amelia', workspace: WORKSPACE_A }
const BERT = { id: 'bert', username: 'bert', workspace: WORKSPACE_B }

const routes = routeTable({ options: parseOptions({}, {}), assets: {} } as never, { jwks: { keys: [] } })
const withParameters = routes.filter(({ guard, path }) => guard === 'token' && path.includes('/:'))

/** Everything that facts D2 names, in both directions. */
const SUFFIXES = [
  'sys/status',
  'sys/status_reply',
  'sys/network/probe',
  'thing/status',
  'thing/osd',
  'thing/state',
  'thing/state_reply',
  'thing/events',
  'thing/events_reply',
  'thing/requests',
  'thing/requests_reply',
  'thing/services',
  'thing/services_reply',
  'thing/property/set',
  'thing/property/set_reply',
  'thing/drc/up',
  'thing/drc/down',
]
const topicOf = (suffix: string, serial: string) => suffix.replace('/', `/product/${serial}/`)

describe('another workspace', () => {
  let host: Host
  let amelia: Record<string, string>
  let bert: Record<string, string>
  let theirs: MqttClient

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(host.url, `/manage/api/v1${path}`, { method: 'POST', body, headers })
  const logIn = async (username: string) => ({
    'x-auth-token': String(
      (await post('/login', { username, password: PASSWORD })).json.data?.['access_token'],
    ),
  })
  async function fly(headers: Record<string, string>, gateway: string): Promise<MqttClient> {
    const { json } = await post('/mqtt/credentials', { gateway_sn: gateway }, headers)
    const { username, password } = json.data as Record<string, string>
    return connectAsync(host.cloud.mqttAddress('127.0.0.1'), {
      username: username ?? '',
      password: password ?? '',
      clientId: gateway,
      reconnectPeriod: 0,
      protocolVersion: 5,
    })
  }

  beforeAll(async () => {
    host = await startHost(
      { framework: 'express 5', mount: '', parser: 'none' },
      {
        ...{ users: testUsers(), logger: false, mqtt: { port: 0, host: '127.0.0.1' } },
        plugins: [badgeReader({ amelia: AMELIA, bert: BERT }), phoneLogin()],
      },
    )
    await host.cloud.ready()
    ;[amelia, bert] = [await logIn('amelia'), await logIn('bert')]
    theirs = await fly(bert, THEIRS)
    const online = new Promise<void>((resolve) => host.cloud.on('aircraft.online', () => resolve()))
    const data = { sub_devices: [{ sn: THEIR_AIRCRAFT, type: 77, sub_type: 0, domain: 0 }] }
    await theirs.publishAsync(
      topicOf('sys/status', THEIRS),
      JSON.stringify({ tid: 't', bid: 'b', method: 'update_topo', data }),
      { qos: 1 },
    )
    await online
  })
  afterAll(async () => {
    theirs.end(true)
    await host.close()
  })

  test('there are doors to try', () => expect(withParameters.length).toBeGreaterThan(5))

  // Both ways of asking: for their workspace, and for their devices in the name of one's own.
  const questions = withParameters.flatMap(({ method, path }) =>
    [WORKSPACE_B.id, WORKSPACE_A.id].flatMap((workspace) =>
      [THEIRS, THEIR_AIRCRAFT].map((serial) => ({
        method,
        // The body that the door wants, so that nothing but the holder stands in the way.
        body: method === 'PUT' ? { nickname: 'mine now' } : { device_sn: serial },
        address: path.replace(':workspace_id', workspace).replace(/:\w+/g, serial),
      })),
    ),
  )
  test.each(questions)('$method $address gives nothing away', async ({ method, address, body }) => {
    const answer = await ask(host.url, address, {
      method,
      headers: amelia,
      body,
    })
    const shown = answer.text.includes(THEIRS) || answer.text.includes(THEIR_AIRCRAFT)
    const refused = answer.status === 200 && [-1, 403003].includes(answer.json.code ?? 0)
    if (refused) expect(answer.json.data).toHaveProperty('error')
    else if (answer.status === 200) expect({ address, shown }).toEqual({ address, shown: false })
    else expect([403, 404]).toContain(answer.status)
    // Whatever was answered, nothing has changed hands.
    const own = await ask(host.url, `/manage/api/v1/devices/${WORKSPACE_B.id}/devices/${THEIRS}`, {
      headers: bert,
    })
    expect(own.status).toBe(200)
    expect(own.text).not.toContain('mine now')
  })

  test('credentials for their gateway are refused', async () => {
    for (const gateway_sn of [THEIRS, THEIR_AIRCRAFT]) {
      expect((await post('/mqtt/credentials', { gateway_sn }, amelia)).status).toBe(403)
    }
  })

  test('every topic of theirs can be neither heard nor said', async () => {
    const mine = await fly(amelia, MINE)
    const heard: string[] = []
    mine.on('message', (topic) => heard.push(topic))
    for (const serial of [THEIRS, THEIR_AIRCRAFT]) {
      for (const suffix of SUFFIXES) {
        const topic = topicOf(suffix, serial)
        await expect(mine.subscribeAsync(topic, { qos: 1 }), topic).rejects.toThrow()
        await expect(mine.publishAsync(topic, '{}', { qos: 1 }), topic).rejects.toThrow()
      }
    }
    await mine.subscribeAsync(topicOf('thing/services', MINE), { qos: 1 })
    for (const suffix of ['thing/osd', 'thing/state'])
      await theirs.publishAsync(topicOf(suffix, THEIRS), '{"data":{}}', { qos: 1 })
    expect(heard).toEqual([])
    expect(mine.connected).toBe(true)
    await mine.endAsync()
  })

  test('the login by phone lets nobody in at their controller, and shows nothing of it', async () => {
    for (const serial of [THEIRS, THEIR_AIRCRAFT]) {
      const { code, poll } = await controller(host, serial)
      const mine = phone(host, 'amelia')
      // Before the approval it looks like a controller that nobody knows: serial numbers cannot be tried out.
      expect((await mine.look(code.user_code)).json.data).toMatchObject({
        state: 'open',
        device: null,
        known: null,
      })
      const refused = await mine.decide(code.user_code, true)
      expect(refused.json.data).toEqual({ state: 'other_workspace' })
      expect(refused.text).not.toContain(serial)
      expect((await poll()).json.data).toMatchObject({ status: 'authorization_pending', opened: false })
      // Its own workspace sees it, and decides.
      expect((await phone(host, 'bert').look(code.user_code)).json.data).toMatchObject({
        state: 'open',
        known: serial === THEIRS ? { nickname: null } : null,
      })
      expect((await phone(host, 'bert').decide(code.user_code, true)).json.data).toEqual({
        state: 'approved',
      })
    }
  })

  test("their aircraft in one's own topology stays theirs", async () => {
    const mine = await fly(amelia, MINE)
    const refused = new Promise<void>((resolve) =>
      host.cloud.on('message.invalid', ({ reason }) => {
        if (reason.includes('another workspace')) resolve()
      }),
    )
    const data = { sub_devices: [{ sn: THEIR_AIRCRAFT, type: 77, sub_type: 0, domain: 0 }] }
    await mine.publishAsync(
      topicOf('sys/status', MINE),
      JSON.stringify({ tid: 't', bid: 'b', method: 'update_topo', data }),
      { qos: 1 },
    )
    await refused
    expect(host.cloud.devices.get(THEIRS)?.aircraft).toMatchObject([{ serial: THEIR_AIRCRAFT, online: true }])
    await mine.endAsync()
  })
})
