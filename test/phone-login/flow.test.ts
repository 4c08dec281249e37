import { describe, expect, it } from 'vitest'
import { memoryDevices, memoryShared, type SharedStore } from '../../src/index.ts'
import type { SourceUser } from '../../src/plugin.ts'
import { phoneLogin } from '../../src/plugins/phone-login/index.ts'
import { start } from '../plugins/start.ts'
import { badgeReader } from '../support/badge-reader.ts'
import { WORKSPACE } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { recordLogs } from '../support/logs.ts'
import { askForCode, controller, heard, OTHER_WORKSPACE, own, phone, phoneCloud, USERS } from './stage.ts'

const SERIAL = 'RCFAKE00000001'

/** A store whose readers of one kind of key wait for each other, once: so what comes after is done at the same time. */
function meetingStore() {
  const memory = memoryShared()
  let meeting: { readonly kind: string; readonly guests: number; readonly release: (() => void)[] } | null =
    null
  const shared: SharedStore = {
    ...memory,
    async get(key) {
      const value = await memory.get(key)
      const now = meeting
      if (now === null || !key.includes(now.kind)) return value
      await new Promise<void>((resolve) => {
        now.release.push(resolve)
        if (now.release.length < now.guests) return
        meeting = null
        for (const release of now.release) release()
      })
      return value
    },
  }
  return {
    shared,
    meet(kind: string, guests: number): void {
      meeting = { kind, guests, release: [] }
    },
  }
}

describe('the login by phone', () => {
  it('opens one session after the approval, as the RFC has it', async () => {
    const cloud = await phoneCloud()
    const told = heard(cloud, 'phone.approved', 'login.succeeded')
    const rc = await controller(cloud, SERIAL, { from: '127.0.0.7' })
    expect(rc.code).toMatchObject({
      user_code: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/),
      verification_uri: `${cloud.url}/phone-login`,
      verification_uri_complete: `${cloud.url}/phone-login?code=${rc.code.user_code.replace('-', '')}`,
      expires_in: 300,
      interval: 2,
    })
    expect((await rc.poll()).json.data).toEqual({
      ...{ status: 'authorization_pending', opened: false, expires_in: 300 },
    })

    const pia = phone(cloud, 'ada')
    const { json } = await pia.look(rc.code.user_code)
    expect(json.data).toEqual({
      state: 'open',
      user_code: rc.code.user_code,
      serial: SERIAL,
      device: null,
      known: null,
      address: '127.0.0.7',
      network: 'unknown',
      asked_seconds_ago: 0,
      expires_in: 300,
    })
    cloud.advance(2_000)
    expect((await rc.poll()).json.data).toEqual({
      ...{ status: 'authorization_pending', opened: true, expires_in: 298 },
    })
    expect((await pia.decide(rc.code.user_code, true)).json.data).toEqual({ state: 'approved' })

    cloud.advance(2_000)
    const { data } = (await rc.poll()).json
    expect(data).toMatchObject({
      status: 'approved',
      user_id: 'ada',
      username: 'Ada',
      workspace_id: WORKSPACE.id,
    })
    const token = String(data?.['access_token'])
    const who = await ask(cloud.url, '/manage/api/v1/users/current', { headers: { 'x-auth-token': token } })
    expect(who.json.data).toMatchObject({ user_id: 'ada' })
    expect(told).toEqual([
      expect.objectContaining({
        ...{ userId: 'ada', username: 'Ada', workspaceId: WORKSPACE.id, source: 'badge' },
        ...{ decisionId: expect.stringMatching(/^[\w-]{22}$/) },
        ...{ address: '127.0.0.1', controllerAddress: '127.0.0.7', serial: SERIAL },
      }),
      expect.objectContaining({ userId: 'ada', by: 'phone', address: '127.0.0.1' }),
    ])
    const [session] = await cloud.cloud.sessions.list({ userId: 'ada' })
    expect(session).toMatchObject({ role: 'pilot', signInSource: 'badge' })
  })

  it.each([
    { framework: 'koa 3', mount: '/drones', parser: 'before' },
    { framework: 'koa 2', mount: '', parser: 'after' },
    { framework: 'express 4', mount: '/drones', parser: 'after' },
  ] as const)('works on $framework at "$mount", with the parser of the app $parser', async (variant) => {
    const cloud = await start(
      { broker: idleBroker(), users: false, plugins: [badgeReader(USERS), phoneLogin()] },
      variant,
    )
    const place = { url: `${cloud.url}${variant.mount}` }
    const rc = await controller(place, SERIAL)
    expect(rc.code.verification_uri).toBe(`${place.url}/phone-login`)
    expect((await phone(place, 'ada').approve(rc.code.user_code)).json.data).toEqual({ state: 'approved' })
    expect((await rc.poll()).json.data).toMatchObject({ status: 'approved', user_id: 'ada' })
    const page = await ask(cloud.url, new URL(String(rc.code.verification_uri_complete)).pathname)
    expect(page.text).toContain(`/sso?back=${encodeURIComponent(`${variant.mount}/phone-login`)}`)
  })

  it('ends for the controller with a denial, and the phone hears it too', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    const pia = phone(cloud, 'ada')
    await pia.look(rc.code.user_code)
    expect((await pia.decide(rc.code.user_code, false)).json.data).toEqual({ state: 'denied' })
    expect((await rc.poll()).json.data).toEqual({ status: 'access_denied' })
    // Denied stays denied.
    expect((await pia.decide(rc.code.user_code, true)).json.data).toEqual({ state: 'denied' })
    expect(await cloud.cloud.sessions.list()).toEqual([])
  })

  it('runs out, and both ends say so', async () => {
    const cloud = await phoneCloud({ codeTtlSeconds: 60 })
    const [rc, late] = [await controller(cloud), await controller(cloud)]
    const pia = phone(cloud, 'ada')
    await pia.look(late.code.user_code)
    cloud.advance(60_000)
    // A decision of the last moment may still be on its way.
    expect((await rc.poll()).json.data).toMatchObject({ status: 'authorization_pending', expires_in: 0 })
    expect((await pia.look(rc.code.user_code)).json.data).toEqual({ state: 'expired' })
    expect((await pia.decide(late.code.user_code, true)).json.data).toEqual({ state: 'expired' })
    cloud.advance(5_000)
    for (const one of [rc, late]) expect((await one.poll()).json.data).toEqual({ status: 'expired_token' })
    expect(await cloud.cloud.sessions.list()).toEqual([])
  })

  it.each([
    ['in the last moment, and picked up before the grace is over', 29_999, 'approved'],
    ['in the last moment, and picked up too late', 30_000, 'expired_token'],
  ])('an approval %s', async (_when, after, status) => {
    const cloud = await phoneCloud({ codeTtlSeconds: 60 })
    const rc = await controller(cloud)
    cloud.advance(59_999)
    expect((await phone(cloud, 'ada').approve(rc.code.user_code)).json.data).toEqual({ state: 'approved' })
    cloud.advance(1 + after)
    expect((await rc.poll()).json.data).toMatchObject({ status })
  })

  it('slows a page down that asks too often', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    expect((await rc.poll()).json.data).toMatchObject({ status: 'authorization_pending' })
    expect((await rc.poll()).json.data).toEqual({ status: 'slow_down', interval: 7 })
    cloud.advance(7_000)
    expect((await rc.poll()).json.data).toMatchObject({ status: 'authorization_pending' })
  })

  it('a second scan is answered in words of its own, for each who scans', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    const [pia, ben] = [phone(cloud, 'ada'), phone(cloud, 'ben')]
    const { user_code } = rc.code
    expect((await pia.look(user_code)).json.data).toMatchObject({ state: 'open' })
    expect((await pia.look(user_code)).json.data).toMatchObject({ state: 'open' })
    expect((await ben.look(user_code)).json.data).toEqual({ state: 'opened_elsewhere' })
    expect((await ben.decide(user_code, true)).json.data).toEqual({ state: 'opened_elsewhere' })
    await pia.decide(user_code, true)
    expect((await pia.look(user_code)).json.data).toEqual({ state: 'approved' })
    expect((await ben.look(user_code)).json.data).toEqual({ state: 'used' })
    expect((await rc.poll()).json.data).toMatchObject({ status: 'approved', user_id: 'ada' })
    expect((await pia.look(user_code)).json.data).toEqual({ state: 'approved' })
  })

  it('of two approvals at once, one is told, and there is one session', async () => {
    const { shared, meet } = meetingStore()
    const cloud = await phoneCloud({}, { shared })
    const told = heard(cloud, 'phone.approved')
    const rc = await controller(cloud)
    const pia = phone(cloud, 'ada')
    await pia.look(rc.code.user_code)
    // All three see a request about which nobody has decided, as on three nodes.
    meet('decision:', 3)
    const answers = await Promise.all([1, 2, 3].map(() => pia.decide(rc.code.user_code, true)))
    expect(answers.map(({ json }) => json.data?.['state'])).toEqual(Array(3).fill('approved'))
    expect(told).toHaveLength(1)
    meet('grant:', 4)
    const polls = await Promise.all([1, 2, 3, 4].map(() => rc.poll()))
    const tokens = polls.flatMap(({ json }) => json.data?.['access_token'] ?? [])
    expect(new Set(tokens).size).toBe(1)
    expect(await cloud.cloud.sessions.list()).toHaveLength(1)
  })

  it('a user of another workspace gets in, but not at a controller that another workspace owns', async () => {
    const devices = memoryDevices()
    await devices.claim(SERIAL, WORKSPACE.id)
    const cloud = await phoneCloud({}, { devices })
    const rc = await controller(cloud, SERIAL)
    const zoe = phone(cloud, 'zoe')
    expect((await zoe.look(rc.code.user_code)).json.data).toMatchObject({ state: 'open', known: null })
    expect((await zoe.decide(rc.code.user_code, true)).json.data).toEqual({ state: 'other_workspace' })
    // She has not taken the request from those who may approve it.
    expect((await phone(cloud, 'ada').look(rc.code.user_code)).json.data).toMatchObject({ state: 'open' })

    const free = await controller(cloud, 'RCFAKE00000002')
    expect((await zoe.approve(free.code.user_code)).json.data).toEqual({ state: 'approved' })
    expect((await free.poll()).json.data).toMatchObject({ workspace_id: OTHER_WORKSPACE.id })
  })

  it('a serial number looks the same before the approval, whoever holds it, and few are told after it', async () => {
    const devices = memoryDevices()
    await devices.claim(SERIAL, WORKSPACE.id)
    const cloud = await phoneCloud({}, { devices })
    const zoe = phone(cloud, 'zoe')
    const shown = async (serial: string) => {
      const rc = await controller(cloud, serial)
      const { data } = (await zoe.look(rc.code.user_code)).json
      return { data: { ...data, serial, user_code: '' }, polled: (await rc.poll()).json.data, rc }
    }
    const [held, free] = [await shown(SERIAL), await shown('RCFAKE00000002')]
    expect(held.data).toEqual({ ...free.data, serial: SERIAL })
    expect(held.polled).toEqual(free.polled)
    // She asks about one serial number after the other, with controllers of her own.
    const answers: unknown[] = []
    for (let times = 0; times < 11; times += 1) {
      const rc = await controller(cloud, SERIAL)
      const { status, json } = await zoe.approve(rc.code.user_code)
      answers.push(json.data?.['state'] ?? status)
    }
    expect(answers).toEqual([...Array(10).fill('other_workspace'), 429])
    // Then she hears nothing about any other either.
    expect((await zoe.approve(free.rc.code.user_code)).status).toBe(429)
    expect((await phone(cloud, 'ada').approve(held.rc.code.user_code)).json.data).toEqual({
      state: 'opened_elsewhere',
    })
  })

  it('a web account, and a user whom mayApprove refuses, are told so, and take the request from nobody', async () => {
    const asked: unknown[] = []
    const cloud = await phoneCloud({
      mayApprove(user, asking, where) {
        asked.push([user.id, user.workspace.id, asking, where])
        return user.id !== 'ben'
      },
    })
    const rc = await controller(cloud, SERIAL)
    const { user_code } = rc.code
    const [wim, ben] = [phone(cloud, 'wim'), phone(cloud, 'ben', '127.0.0.8')]
    expect((await wim.look(user_code)).json.data).toEqual({ state: 'web_only' })
    expect((await wim.decide(user_code, true)).json.data).toEqual({ state: 'web_only' })
    expect((await ben.look(user_code)).json.data).toMatchObject({ state: 'open' })
    expect((await ben.decide(user_code, true)).json.data).toEqual({ state: 'not_allowed' })
    expect((await phone(cloud, 'ada').approve(user_code)).json.data).toEqual({ state: 'approved' })
    expect(asked[0]).toEqual([
      ...['ben', WORKSPACE.id],
      { address: '127.0.0.1', serial: SERIAL, device: null },
      { address: '127.0.0.8', network: 'unknown', known: false },
    ])
  })

  it('a function mayApprove that fails approves nothing', async () => {
    const mayApprove = () => Promise.reject(new Error('the directory is down'))
    const cloud = await phoneCloud({ mayApprove })
    const rc = await controller(cloud)
    expect((await phone(cloud, 'ada').approve(rc.code.user_code)).status).toBe(500)
    expect((await rc.poll()).json.data).toMatchObject({ status: 'authorization_pending' })
  })

  it('a user who is moved or removed between approval and pick-up does not get in', async () => {
    const users: Record<string, SourceUser | undefined> = { ...USERS }
    const cloud = await phoneCloud({}, {}, { findById: (id) => users[id] })
    for (const change of [
      undefined,
      { ...USERS['ada'], id: 'ada', username: 'Ada', workspace: OTHER_WORKSPACE },
    ]) {
      users['ada'] = USERS['ada']
      const rc = await controller(cloud)
      await phone(cloud, 'ada').approve(rc.code.user_code)
      users['ada'] = change
      expect((await rc.poll()).json.data).toEqual({ status: 'access_denied' })
    }
    expect(await cloud.cloud.sessions.list()).toEqual([])
  })

  it('an approval outlives a login service that is down for a moment', async () => {
    let down = false
    const findById = (id: string) => {
      if (down) throw new Error('the directory is down')
      return USERS[id]
    }
    const cloud = await phoneCloud({}, {}, { findById })
    const rc = await controller(cloud)
    await phone(cloud, 'ada').approve(rc.code.user_code)
    down = true
    expect((await rc.poll()).status).toBe(503)
    down = false
    expect((await rc.poll()).json.data).toMatchObject({ status: 'approved' })
    expect(await cloud.cloud.sessions.list()).toHaveLength(1)
  })

  it('shows the model that the browser of the controller names, as a claim', async () => {
    const cloud = await phoneCloud()
    const agent = 'Mozilla/5.0 (Linux; Android 10; DJI RC Pro Enterprise; wv) dji-open-platform'
    const headers = { ...own(cloud.url), 'user-agent': agent }
    const rc = await controller(cloud, SERIAL, { headers })
    expect((await phone(cloud, 'ada').look(rc.code.user_code)).json.data).toMatchObject({
      device: 'RC Pro Enterprise',
      known: null,
    })
  })

  it('keeps its secrets out of logs, events and addresses, and the data of the login in the session only', async () => {
    const SECRET = 'obviously-fake-refresh-token'
    const logs = recordLogs()
    const source = { currentUser: () => ({ id: 'ada', data: { refresh: SECRET } }) }
    const seen: unknown[] = []
    const cloud = await phoneCloud(
      {},
      { logger: logs.logger },
      {
        ...source,
        findById(id, data) {
          seen.push(data)
          return USERS[id]
        },
      },
    )
    const addresses: string[] = []
    cloud.server.prependListener('request', ({ url }) => addresses.push(url ?? ''))
    const events = heard(cloud, 'login.succeeded', 'phone.approved', 'phone.denied')
    const rc = await controller(cloud)
    await phone(cloud, 'ada').approve(rc.code.user_code)
    const { data } = (await rc.poll()).json
    expect(seen.at(-1)).toEqual({ refresh: SECRET })
    const written = JSON.stringify([logs.lines, events, addresses])
    for (const secret of [rc.code.device_code, rc.browserKey, SECRET, String(data?.['access_token'])])
      expect(written).not.toContain(secret)
  })

  it('counts what becomes of the codes', async () => {
    const cloud = await phoneCloud()
    const rc = await controller(cloud)
    await phone(cloud, 'ada').approve(rc.code.user_code)
    await rc.poll()
    const metric = cloud.cloud.metrics().find(({ name }) => name === 'phone_login_codes')
    const counted = metric?.samples.map((sample) => [
      sample.labels['outcome'],
      'value' in sample ? sample.value : 0,
    ])
    expect(counted).toEqual(
      expect.arrayContaining([
        ['asked', 1],
        ['approved', 1],
        ['opened', 1],
      ]),
    )
  })

  it.each<[string, object]>([
    ['no key', { browser_key: undefined }],
    ['a short key', { browser_key: 'short' }],
    ['a key with other characters', { browser_key: '<'.repeat(40) }],
  ])('a request for a code with %s is refused, and names the field', async (_what, body) => {
    const cloud = await phoneCloud()
    const answer = await askForCode(cloud, body)
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('browser_key')
  })
})
