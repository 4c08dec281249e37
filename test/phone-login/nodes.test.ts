import { afterEach, expect, it } from 'vitest'
import { redisRateLimitStore, redisSessions, redisShared } from '../../src/index.ts'
import { phoneLogin } from '../../src/plugins/phone-login/index.ts'
import { badgeReader } from '../support/badge-reader.ts'
import { startCloud, type TestCloud } from '../support/cloud.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { withRedis } from '../support/stores.ts'
import { controller, phone, USERS } from './stage.ts'

const CODES = 'BCDFGHJKLM'

withRedis('the login by phone on two nodes with one Redis', (redis) => {
  const nodes: TestCloud[] = []
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.close()
  })

  async function start(secret = 'an obviously fake secret for these tests only'): Promise<TestCloud> {
    const { url } = redis()
    const node = await startCloud({
      ...{ broker: idleBroker(), users: false, secret },
      sessions: redisSessions({ url }),
      shared: redisShared({ url }),
      loginRateLimit: { store: redisRateLimitStore({ url }) },
      plugins: [badgeReader(USERS), phoneLogin()],
    })
    nodes.push(node)
    return node
  }

  /** The controller asks node by node, as behind a balancer. */
  const at = ({ url }: TestCloud, { code, browserKey }: Awaited<ReturnType<typeof controller>>) =>
    ask(url, '/phone-login/api/v1/token', {
      method: 'POST',
      headers: { origin: url, 'x-dji-cloud': '1' },
      body: { device_code: code.device_code, browser_key: browserKey },
    })

  it('a code that one node makes is approved at the other, and opens one session of all', async () => {
    const [one, two] = [await start(), await start()]
    const rc = await controller(one)
    expect((await phone(two, 'ben').look(rc.code.user_code)).json.data).toMatchObject({ state: 'open' })
    expect((await phone(one, 'ada').look(rc.code.user_code)).json.data).toEqual({ state: 'opened_elsewhere' })
    expect((await phone(two, 'ben').decide(rc.code.user_code, true)).json.data).toEqual({ state: 'approved' })
    const answers = await Promise.all([one, two, one, two].map((node) => at(node, rc)))
    const opened = answers.filter(({ json }) => json.data?.['status'] === 'approved')
    // The others are told to wait, or get the same token.
    const tokens = new Set(opened.map(({ json }) => json.data?.['access_token']))
    expect(tokens.size).toBe(1)
    for (const { json } of answers)
      expect(['approved', 'authorization_pending']).toContain(json.data?.['status'])
    const token = String(opened[0]?.json.data?.['access_token'])
    for (const { url } of [one, two])
      expect(
        (await ask(url, '/manage/api/v1/users/current', { headers: { 'x-auth-token': token } })).json.data,
      ).toMatchObject({ user_id: 'ben' })
    expect(await one.cloud.sessions.list({ userId: 'ben' })).toHaveLength(1)
  })

  it('of Approve and Deny at once on two nodes, the denial counts on both', async () => {
    const [one, two] = [await start(), await start()]
    for (const first of [true, false]) {
      const rc = await controller(one)
      await phone(one, 'ada').look(rc.code.user_code)
      const { user_code } = rc.code
      const decided = await Promise.all([
        phone(one, 'ada').decide(user_code, first),
        phone(two, 'ada').decide(user_code, !first),
        at(one, rc),
        at(two, rc),
      ])
      const states = decided.slice(0, 2).map(({ json }) => json.data?.['state'])
      expect(states[first ? 1 : 0]).toBe('denied')
      for (const node of [one, two])
        expect((await at(node, rc)).json.data).toEqual({ status: 'access_denied' })
      expect(await one.cloud.sessions.list({ userId: 'ada' })).toEqual([])
    }
  })

  it('wrong codes count on both nodes together', async () => {
    const [one, two] = [await start(), await start()]
    const statuses: number[] = []
    for (const [index, letter] of [...CODES, 'N', 'P'].entries())
      statuses.push((await phone(index % 2 === 0 ? one : two, 'zoe').look(`ZZZZ-ZZZ${letter}`)).status)
    expect(statuses).toEqual([...Array(10).fill(200), 429, 429])
  })

  it('while Redis is away, nothing is approved, and each is asked to try again', async () => {
    const node = await start()
    const rc = await controller(node)
    const pia = phone(node, 'ada')
    await pia.look(rc.code.user_code)
    redis().freeze()
    try {
      expect((await pia.decide(rc.code.user_code, true)).status).toBe(503)
      expect((await rc.poll()).status).toBe(503)
    } finally {
      redis().thaw()
    }
    await expect
      .poll(async () => (await pia.decide(rc.code.user_code, true)).json.data)
      .toEqual({
        state: 'approved',
      })
  })

  it('a node with another secret reads no request, no grant and no approval', async () => {
    const [one, foreign] = [await start(), await start('another obviously fake secret for these tests')]
    const rc = await controller(one)
    await phone(one, 'ada').approve(rc.code.user_code)
    expect((await at(foreign, rc)).json.code).toBe(403701)
    expect((await phone(foreign, 'ada').look(rc.code.user_code)).json.data).toEqual({ state: 'unknown' })
    expect((await at(one, rc)).json.data).toMatchObject({ status: 'approved' })
  })
})
