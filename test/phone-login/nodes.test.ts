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
    expect(opened).toHaveLength(1)
    expect(answers.filter(({ json }) => json.code === 403701)).toHaveLength(3)
    const token = String(opened[0]?.json.data?.['access_token'])
    for (const { url } of [one, two])
      expect(
        (await ask(url, '/manage/api/v1/users/current', { headers: { 'x-auth-token': token } })).json.data,
      ).toMatchObject({ user_id: 'ben' })
    expect(await one.cloud.sessions.list({ userId: 'ben' })).toHaveLength(1)
  })

  it('of two who decide at once on two nodes, one has decided', async () => {
    const [one, two] = [await start(), await start()]
    const rc = await controller(one)
    await phone(one, 'ada').look(rc.code.user_code)
    const { user_code } = rc.code
    const decided = await Promise.all([
      phone(one, 'ada').decide(user_code, true),
      phone(two, 'ada').decide(user_code, false),
    ])
    const [first, second] = decided.map(({ json }) => json.data?.['state'])
    expect(first).toBe(second)
    expect(['approved', 'denied']).toContain(first)
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

  it('a node with another secret reads no approval', async () => {
    const [one, foreign] = [await start(), await start('another obviously fake secret for these tests')]
    const rc = await controller(one)
    await phone(one, 'ada').approve(rc.code.user_code)
    expect((await at(foreign, rc)).json.data).toMatchObject({ status: 'authorization_pending' })
    expect((await at(one, rc)).json.data).toMatchObject({ status: 'approved' })
  })
})
