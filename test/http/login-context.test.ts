// What `authenticate` and `findById` hear of a login, and what the session keeps of it.
import { afterEach, describe, expect, it } from 'vitest'
import { customUsers, type LoginContext, type LoginCredentials, type Role } from '../../src/index.ts'
import { type Host, startHost } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { WORKSPACE_A } from '../support/sessions.ts'

const API = '/manage/api/v1'
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Asked = readonly [id: string, data: unknown, role: Role | undefined]

async function start(framework: 'express 5' | 'koa 3', data: unknown = undefined) {
  const logins: (readonly [LoginCredentials, LoginContext])[] = []
  const asked: Asked[] = []
  const logged: unknown[] = []
  const note = (fields: object) => void logged.push(fields)
  const users = customUsers({
    authenticate(credentials, context) {
      logins.push([credentials, context])
      const { role } = context
      return {
        id: 'ada',
        username: 'ada',
        role,
        workspace: WORKSPACE_A,
        ...(data === undefined ? {} : { data }),
      }
    },
    findById(id, kept, role) {
      asked.push([id, kept, role])
      return { id, username: 'ada', role, workspace: WORKSPACE_A }
    },
  })
  const host: Host = await startHost(
    { framework, mount: '/drones', parser: 'before' },
    { users, broker: idleBroker(), logger: { debug: note, info: note, warn: note, error: note } },
  )
  closing.push(() => host.close())
  const post = (path: string, body: unknown, token?: string) =>
    ask(host.url, `/drones${API}${path}`, {
      method: 'POST',
      body,
      headers: token === undefined ? {} : { 'x-auth-token': token },
    })
  const logIn = (flag?: number | string) =>
    post('/login', { username: 'ada', password: 'fake', ...(flag === undefined ? {} : { flag }) })
  return { host, logins, asked, logged, post, logIn }
}

describe.each(['express 5', 'koa 3'] as const)('a login of %s', (framework) => {
  it.each([
    [undefined, 'pilot', 2],
    [2, 'pilot', 2],
    [1, 'web', 1],
    ['1', 'web', 1],
    [3, 'web', 1],
  ])('with the flag %s is heard as one of a %s, and is one after a refresh', async (flag, role, type) => {
    const { logins, asked, logIn, post, host } = await start(framework)
    const { json } = await logIn(flag)
    expect(json).toMatchObject({ code: 0, data: { user_id: 'ada', user_type: type } })
    expect(logins).toEqual([
      [
        { username: 'ada', password: 'fake' },
        { role, address: '127.0.0.1', language: 'en' },
      ],
    ])
    const refreshed = await post('/token/refresh', {}, String(json.data?.['access_token']))
    expect(refreshed.json).toMatchObject({ code: 0, data: { user_type: type } })
    expect(asked).toEqual([['ada', undefined, role]])
    expect((await host.cloud.sessions.list()).map((session) => session.role)).toEqual([role])
  })

  it('keeps data for findById, and shows it to nobody', async () => {
    const secret = { token: 'an-obviously-fake-token-of-the-service' }
    const { asked, logIn, post, host, logged } = await start(framework, secret)
    const { json, text } = await logIn()
    const refreshed = await post('/token/refresh', {}, String(json.data?.['access_token']))
    expect(asked).toEqual([['ada', secret, 'pilot']])
    const seen = [text, refreshed.text, JSON.stringify([await host.cloud.sessions.list(), logged])]
    for (const one of seen) expect(one).not.toContain(secret.token)
  })

  it.each([
    ['too much', { text: 'x'.repeat(5_000) }],
    ['what is no JSON', { amount: 1n }],
  ])('with %s as data is no login, and says nothing of it to the client', async (_name, data) => {
    const { logIn, host, logged } = await start(framework, data)
    const { status, json } = await logIn()
    expect([status, json.code]).toEqual([503, 503001])
    expect(JSON.stringify(json)).not.toContain('data of a session')
    expect(
      JSON.stringify(logged, (_key, value) => (value instanceof Error ? value.message : value)),
    ).toContain('The data of a session needs')
    expect(await host.cloud.sessions.list()).toEqual([])
  })
})

it.each([
  ['pilot', 1, 403002],
  ['pilot', 2, 0],
  ['pilot', 3, 0],
  ['web', 1, 0],
  ['web', 2, 403002],
  ['web', 3, 0],
  ['web', 0, 400002],
  ['web', null, 400002],
  ['web', '', 400002],
] as const)('an account that is %s only, with the flag %s: %s', async (role, flag, expected) => {
  const host = await startHost(
    { framework: 'express 5', mount: '', parser: 'none' },
    {
      users: customUsers({
        authenticate: () => ({ id: 'pia', username: 'pia', role, workspace: WORKSPACE_A }),
        findById: () => null,
      }),
      broker: idleBroker(),
      logger: false,
    },
  )
  closing.push(() => host.close())
  const body = { username: 'pia', password: 'fake', flag }
  const { json } = await ask(host.url, `${API}/login`, { method: 'POST', body })
  expect(json.code).toBe(expected)
  if (expected === 0) expect((await host.cloud.sessions.list()).map((one) => one.role)).toEqual([role])
})
