// The answer of the store, of a decision or of a pick-up is lost: what happened is found out, told once, and can be taken back.
import { describe, expect, it } from 'vitest'
import { memoryShared, type SharedStore } from '../../src/index.ts'
import { ask } from '../support/http.ts'
import { controller, heard, phone, phoneCloud } from './stage.ts'

type Call = 'put' | 'putNew' | 'get' | 'take'

/** A store that does the next such call and then says that it could not, or that does not do it. */
function faultyStore() {
  const memory = memoryShared()
  let fault: { readonly call: Call; readonly kind: string; readonly does: boolean; times: number } | null =
    null
  const through =
    <Args extends readonly [string, ...unknown[]], Result>(
      call: Call,
      act: (...args: Args) => Promise<Result>,
    ) =>
    async (...args: Args): Promise<Result> => {
      const hit =
        fault !== null && fault.times > 0 && fault.call === call && args[0].includes(`:${fault.kind}:`)
      if (!hit || fault === null) return act(...args)
      fault.times -= 1
      if (fault.does) await act(...args)
      throw new Error('the answer of the store was lost')
    }
  const shared: SharedStore = {
    ...memory,
    put: through('put', memory.put),
    putNew: through('putNew', memory.putNew),
    get: through('get', memory.get),
    take: through('take', memory.take),
  }
  return {
    shared,
    /** @param does whether the call arrives, and only its answer is lost */
    lose(call: Call, kind: string, does: boolean, times = 1): void {
      fault = { call, kind, does, times }
    },
    /** Whether the fault was met as often as it should be. */
    isMet: (): boolean => fault?.times === 0,
  }
}

async function begin() {
  const store = faultyStore()
  const cloud = await phoneCloud({}, { shared: store.shared })
  const told = heard(cloud, 'phone.approved', 'phone.denied') as { readonly decisionId: string }[]
  const names: string[] = []
  const on = cloud.cloud.on as (name: string, listener: () => void) => unknown
  for (const name of ['phone.approved', 'phone.denied', 'login.succeeded', 'session.ended'])
    on(name, () => names.push(name))
  const rc = await controller(cloud)
  const pia = phone(cloud, 'ada')
  await pia.look(rc.code.user_code)
  const decide = (approve: boolean) => pia.decide(rc.code.user_code, approve)
  return { cloud, store, told, names, rc, pia, decide }
}

const open = async ({ cloud }: Awaited<ReturnType<typeof begin>>) => cloud.cloud.sessions.list()

describe('a decision whose answer is lost', () => {
  it.each([
    ['approved', true, 'approved'],
    ['denied', false, 'access_denied'],
  ])('%s: pressed again it says the same, and is told once', async (state, approve, status) => {
    const { store, decide, told, rc } = await begin()
    store.lose('putNew', 'decision', true)
    expect((await decide(approve)).status).toBe(503)
    expect(store.isMet()).toBe(true)
    for (let times = 0; times < 2; times += 1) expect((await decide(approve)).json.data).toEqual({ state })
    expect((await rc.poll()).json.data).toMatchObject({ status })
    expect(told).toHaveLength(1)
  })

  it.each([
    ['approved', true],
    ['denied', false],
  ])('%s: the poll of the controller tells it, if nobody presses again', async (state, approve) => {
    const { store, decide, names, rc } = await begin()
    store.lose('putNew', 'decision', true)
    await decide(approve)
    for (let times = 0; times < 2; times += 1) await rc.poll()
    expect(names.filter((name) => name.startsWith('phone.'))).toEqual([`phone.${state}`])
  })

  it('an approval that was lost, and Deny then: nobody is logged in', async () => {
    const all = await begin()
    const { store, decide, names, rc } = all
    store.lose('putNew', 'decision', true)
    await decide(true)
    expect((await decide(false)).json.data).toEqual({ state: 'denied' })
    expect((await decide(true)).json.data).toEqual({ state: 'denied' })
    expect((await rc.poll()).json.data).toEqual({ status: 'access_denied' })
    expect(await open(all)).toEqual([])
    expect(names).toEqual(['phone.approved', 'phone.denied'])
  })

  it('Deny after the controller was let in ends its session', async () => {
    const all = await begin()
    const { store, cloud, decide, names, rc } = all
    store.lose('putNew', 'decision', true)
    await decide(true)
    const token = String((await rc.poll()).json.data?.['access_token'])
    expect(await open(all)).toHaveLength(1)
    expect((await decide(false)).json.data).toEqual({ state: 'denied' })
    expect(await open(all)).toEqual([])
    const headers = { 'x-auth-token': token }
    expect((await ask(cloud.url, '/manage/api/v1/users/current', { headers })).status).toBe(401)
    expect((await rc.poll()).json.data).toEqual({ status: 'access_denied' })
    expect(names).toEqual(['phone.approved', 'login.succeeded', 'session.ended', 'phone.denied'])
  })

  it('Deny in the moment in which the session is opened ends it', async () => {
    const all = await begin()
    const { store, decide, rc } = all
    await decide(true)
    // The poll sees the denial only when it has opened the session.
    store.lose('putNew', 'turn', true)
    expect((await rc.poll()).status).toBe(503)
    await decide(false)
    expect((await rc.poll()).json.data).toEqual({ status: 'access_denied' })
    expect(await open(all)).toEqual([])
  })

  it('another user neither takes an approval back nor hears of it', async () => {
    const all = await begin()
    const { cloud, decide, rc } = all
    await decide(true)
    expect((await phone(cloud, 'ben').decide(rc.code.user_code, false)).json.data).toEqual({ state: 'used' })
    expect((await rc.poll()).json.data).toMatchObject({ status: 'approved' })
  })

  it('while the store does not say whether it was told, it is told twice rather than never, with one id', async () => {
    const { store, decide, told, rc } = await begin()
    store.lose('putNew', 'told', false)
    expect((await decide(true)).json.data).toEqual({ state: 'approved' })
    await rc.poll()
    expect(told).toHaveLength(2)
    expect(new Set(told.map(({ decisionId }) => decisionId)).size).toBe(1)
  })
})

it('an approval that reaches the store after the denial changes nothing', async () => {
  const memory = memoryShared()
  let held: (() => void) | null = null
  /** Keeps back the first decision. */
  const late =
    <Result>(act: (key: string, value: string, ttl: number) => Promise<Result>) =>
    async (key: string, value: string, ttl: number): Promise<Result> => {
      if (key.includes(':decision:') && held === null)
        await new Promise<void>((resolve) => {
          held = resolve
        })
      return act(key, value, ttl)
    }
  const shared: SharedStore = { ...memory, put: late(memory.put), putNew: late(memory.putNew) }
  const cloud = await phoneCloud({}, { shared })
  const rc = await controller(cloud)
  const pia = phone(cloud, 'ada')
  await pia.look(rc.code.user_code)
  const approving = pia.decide(rc.code.user_code, true)
  await expect.poll(() => held).not.toBeNull()
  expect((await pia.decide(rc.code.user_code, false)).json.data).toEqual({ state: 'denied' })
  ;(held as unknown as () => void)()
  expect((await approving).json.data).toEqual({ state: 'denied' })
  expect((await rc.poll()).json.data).toEqual({ status: 'access_denied' })
  expect(await cloud.cloud.sessions.list()).toEqual([])
})

describe('a token that is lost on the way', () => {
  it('is given again to the page that asked, and to no other, for half a minute', async () => {
    const all = await begin()
    const { cloud, decide, names, rc } = all
    await decide(true)
    const first = (await rc.poll()).json.data
    expect(first).toMatchObject({ status: 'approved' })
    cloud.advance(29_999)
    expect((await rc.poll()).json.data).toEqual(first)
    expect((await rc.poll({ browserKey: '0'.repeat(64) })).json.code).toBe(403701)
    cloud.advance(1)
    expect((await rc.poll()).json.code).toBe(403701)
    expect(await open(all)).toHaveLength(1)
    expect(names.filter((name) => name === 'login.succeeded')).toHaveLength(1)
  })

  it('is given again also after the end of the code', async () => {
    const { cloud, decide, rc } = await begin()
    cloud.advance(299_999)
    await decide(true)
    cloud.advance(30_000)
    const first = (await rc.poll()).json.data
    expect(first).toMatchObject({ status: 'approved' })
    cloud.advance(29_999)
    expect((await rc.poll()).json.data).toEqual(first)
    cloud.advance(1)
    expect((await rc.poll()).json.data).toEqual({ status: 'expired_token' })
  })

  it('is not given again when its session has ended', async () => {
    const { cloud, decide, rc } = await begin()
    await decide(true)
    await rc.poll()
    await cloud.cloud.sessions.end({ userId: 'ada' })
    expect((await rc.poll()).json.code).toBe(403701)
  })
})

describe('a store that fails while a session is opened', () => {
  it.each<[string, Call, string, boolean]>([
    ['before it', 'putNew', 'turn', false],
    ['after it, when the session is noted', 'put', 'opening', false],
    ['after it, when the note was written', 'put', 'opening', true],
  ])('%s: no session is left over, and the next poll opens one', async (_when, call, kind, does) => {
    const all = await begin()
    const { store, decide, rc } = all
    await decide(true)
    store.lose(call, kind, does)
    expect((await rc.poll()).status).toBe(503)
    expect(store.isMet()).toBe(true)
    expect(await open(all)).toEqual([])
    expect((await rc.poll()).json.data).toMatchObject({ status: 'approved' })
    expect(await open(all)).toHaveLength(1)
  })

  it('and is still away then: no session is left over, the page waits, and a new code is needed', async () => {
    const all = await begin()
    const { store, cloud, decide, rc } = all
    await decide(true)
    store.lose('putNew', 'turn', true)
    expect((await rc.poll()).status).toBe(503)
    expect((await rc.poll()).json.data).toMatchObject({ status: 'authorization_pending' })
    cloud.advance(15_000)
    expect((await rc.poll()).json.code).toBe(403701)
    expect(await open(all)).toEqual([])
  })
})
