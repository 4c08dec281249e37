// Two accounts whose names have one counter: an attacker who owns one of them guesses at the other.
import { afterEach, describe, expect, it } from 'vitest'
import { customUsers, type DjiCloudOptions, memoryUsers } from '../../src/index.ts'
import { startHost } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../support/sessions.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const OWN = 'an obviously fake password of the attacker'
const TRUE_CODE = '135790'
const REFUSED = 403001
const THROTTLED = 429001

async function start(users: NonNullable<DjiCloudOptions['users']>, more: DjiCloudOptions = {}) {
  const host = await startHost(
    { framework: 'express 5', mount: '', parser: 'none' },
    { users, broker: idleBroker(), logger: false, ...more },
  )
  closing.push(() => host.close())
  const post = async (path: string, body: object, from?: string) =>
    (await ask(host.url, `/manage/api/v1${path}`, { method: 'POST', body, from })).json
  return {
    logIn: (body: object, from?: string) => post('/login', { password: OWN, ...body }, from),
    answer: (token: string, code: string, from?: string) => post('/login/challenge', { token, code }, from),
  }
}

/** As in docs/users.md: the account is of the tenant and the name. */
const tenants = () =>
  customUsers({
    fields: {
      tenant: { label: 'Tenant', choices: { north: 'North', south: 'South' } },
      callsign: { label: 'Call sign', required: false },
    },
    authenticate: ({ username, password, tenant }) =>
      tenant === 'south' && username === 'ada' && password === OWN
        ? { id: 'south/ada', username, workspace: WORKSPACE_A }
        : null,
    findById: (id) => ({ id, username: 'ada', workspace: WORKSPACE_A }),
  })

const spellings = (own: string, victim: string) =>
  memoryUsers(
    [
      { username: own, password: OWN, workspace: WORKSPACE_A },
      { username: victim, password: 'an obviously fake password of the victim', workspace: WORKSPACE_B },
    ],
    { ln: 13, r: 8, p: 1 },
  )

describe('a login of the attacker between the guesses', () => {
  it.each([
    [
      'the same name in another tenant',
      tenants,
      { username: 'ada', tenant: 'south' },
      { username: 'ada', tenant: 'north' },
    ],
    ['an accent less', () => spellings('Rene', 'René'), { username: 'Rene' }, { username: 'René' }],
    ['capitals', () => spellings('ADA', 'ada'), { username: 'ADA' }, { username: 'ada' }],
  ])('%s: ten passwords, then no more', async (_name, users, own, victim) => {
    const { logIn } = await start(users())
    expect((await logIn(own)).code).toBe(0)
    const codes: unknown[] = []
    for (let round = 0; round < 8; round += 1) {
      await logIn(own)
      for (let guess = 0; guess < 9; guess += 1)
        codes.push((await logIn({ ...victim, password: `guess ${round} ${guess}` })).code)
    }
    expect(codes.filter((code) => code === REFUSED)).toHaveLength(10)
    expect(codes.filter((code) => code === THROTTLED)).toHaveLength(62)
  })

  it('from many addresses: the limit of the name counts, as for everybody', async () => {
    const { logIn } = await start(tenants(), {
      loginRateLimit: { perAccount: { attempts: 15, windowSeconds: 3600 } },
    })
    let checked = 0
    const addresses = Array.from({ length: 30 }, (_, host) => `127.0.1.${host + 1}`)
    for (const from of addresses)
      expect((await logIn({ username: 'ada', tenant: 'south' }, from)).code).toBe(0)
    for (const from of addresses)
      if ((await logIn({ username: 'ada', tenant: 'north', password: 'guess' }, from)).code === REFUSED)
        checked += 1
    expect(checked).toBe(15)
  })

  it('a new call sign for each guess is no new counter', async () => {
    const { logIn } = await start(tenants())
    let checked = 0
    for (let guess = 0; guess < 20; guess += 1) {
      const callsign = `flight ${guess}`
      const { code } = await logIn({ username: 'ada', tenant: 'north', callsign, password: 'guess' })
      if (code === REFUSED) checked += 1
    }
    expect(checked).toBe(10)
  })
})

it('guesses of others neither at the name elsewhere nor at other names here lock out who has logged in here', async () => {
  const { logIn } = await start(tenants(), {
    loginRateLimit: {
      perAddress: { attempts: 5, windowSeconds: 900 },
      perAccount: { attempts: 5, windowSeconds: 900 },
    },
  })
  const ada = { username: 'ada', tenant: 'south' }
  expect((await logIn(ada)).code).toBe(0)
  for (let host = 1; host <= 6; host += 1) await logIn({ ...ada, password: 'guess' }, `127.0.1.${host}`)
  for (let guess = 0; guess < 6; guess += 1)
    await logIn({ ...ada, username: `other ${guess}`, password: 'guess' })
  expect((await logIn(ada, '127.0.1.9')).code).toBe(THROTTLED)
  expect((await logIn(ada)).code).toBe(0)
})

it('who knows a password and owns another account of that name gets ten codes, from all addresses together', async () => {
  const ids: Readonly<Record<string, string>> = { corp: 'corp/ada', own: 'own/ada' }
  const users = customUsers({
    fields: { tenant: { label: 'Tenant' } },
    authenticate: ({ username, password, tenant }) => {
      const id = ids[tenant]
      return username === 'ada' && password === OWN && id !== undefined
        ? { challenge: 'otp', id, digits: 6 }
        : null
    },
    verifyChallenge: ({ id, code }) =>
      id === 'own/ada' && code === TRUE_CODE ? { id, username: 'ada', workspace: WORKSPACE_A } : null,
    findById: (id) => ({ id, username: 'ada', workspace: WORKSPACE_A }),
  })
  const { logIn, answer } = await start(users)
  const begin = async (tenant: string, from: string) => {
    const { data } = await logIn({ username: 'ada', tenant }, from)
    return (data?.['challenge'] as { readonly token: string } | undefined)?.token ?? ''
  }
  let checked = 0
  for (let host = 1; host <= 6; host += 1) {
    const from = `127.0.1.${host}`
    expect((await answer(await begin('own', from), TRUE_CODE, from)).code).toBe(0)
    for (let challenge = 0; challenge < 2; challenge += 1) {
      const token = await begin('corp', from)
      for (let guess = 0; guess < 5; guess += 1)
        if ((await answer(token, '000000', from)).code !== THROTTLED) checked += 1
    }
  }
  expect(checked).toBe(10)
})
