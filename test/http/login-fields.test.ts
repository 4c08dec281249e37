// More fields on the login form: from the options to `authenticate`.
import { afterEach, describe, expect, it } from 'vitest'
import { customUsers, type LoginFields } from '../../src/index.ts'
import { startHost } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { WORKSPACE_A } from '../support/sessions.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const FIELDS = {
  tenant: {
    label: { en: 'Tenant', zh: '租户' },
    choices: { north: 'North Sea', south: { en: 'South coast', zh: '南岸' } },
  },
  callSign: { label: 'Call sign', required: false, maxLength: 8 },
} as const satisfies LoginFields

async function start(framework: 'express 5' | 'koa 3' = 'express 5', publicUrl?: string) {
  const typed: object[] = []
  const users = customUsers({
    fields: FIELDS,
    authenticate(credentials) {
      typed.push(credentials)
      // Compiles only if the types of the fields have come through.
      const tenant: 'north' | 'south' = credentials.tenant
      const callSign: string | undefined = credentials.callSign
      return { id: 'ada', username: `${tenant} ${callSign ?? '-'}`, workspace: WORKSPACE_A }
    },
    findById: () => null,
  })
  const host = await startHost(
    { framework, mount: '/drones', parser: 'before' },
    { users, broker: idleBroker(), logger: false, ...(publicUrl === undefined ? {} : { publicUrl }) },
  )
  closing.push(() => host.close())
  const logIn = (body: object, headers: Record<string, string> = {}) =>
    ask(host.url, '/drones/manage/api/v1/login', {
      method: 'POST',
      headers,
      body: { username: 'ada', password: 'fake', flag: 2, ...body },
    })
  return { typed, logIn, host }
}

describe.each(['express 5', 'koa 3'] as const)('fields of the login in %s', (framework) => {
  it('reach authenticate beside name and password, and nothing else does', async () => {
    const { typed, logIn } = await start(framework)
    const { json } = await logIn({ tenant: ' north ', callSign: 'Tango 1', admin: true, page_key: 'x' })
    expect(json).toMatchObject({ code: 0, data: { username: 'north Tango 1' } })
    expect(typed).toEqual([{ username: 'ada', password: 'fake', tenant: 'north', callSign: 'Tango 1' }])
  })

  it('may come as a form', async () => {
    const { typed, host } = await start(framework)
    const answer = await ask(host.url, '/drones/manage/api/v1/login', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'username=ada&password=fake&tenant=south&callSign=',
    })
    expect(answer.json.code).toBe(0)
    expect(typed).toEqual([{ username: 'ada', password: 'fake', tenant: 'south' }])
  })
})

it.each<[string, object, string, string]>([
  ['is missing', {}, 'tenant', 'is required'],
  ['is empty', { tenant: '' }, 'tenant', 'is required'],
  ['is blank', { tenant: '   ' }, 'tenant', 'is required'],
  ['is null', { tenant: null }, 'tenant', 'is required'],
  ['is a number', { tenant: 7 }, 'tenant', 'needs a text'],
  ['is a list', { tenant: ['north'] }, 'tenant', 'needs a text'],
  ['is no choice', { tenant: 'east' }, 'tenant', 'is not one of the choices'],
  ['is a name that every object has', { tenant: 'constructor' }, 'tenant', 'is not one of the choices'],
  ['is too long', { tenant: 'north', callSign: 'x'.repeat(9) }, 'callSign', 'takes at most 8 characters'],
  [
    'has a NUL',
    { tenant: 'north', callSign: 'x\u0000' },
    'callSign',
    'holds a control character: leave it out',
  ],
])(
  'a field that %s is refused before the password is looked at, in words for every front end',
  async (_name, body, field, message) => {
    const { typed, logIn } = await start()
    const { status, json } = await logIn(body)
    expect([status, json.code]).toEqual([200, 400004])
    expect(json.data).toMatchObject({ error: 'LOGIN_FIELDS', issues: [{ field, message }] })
    expect(json.message).toMatch(
      /^This login also needs: (Tenant|Call sign)\. .* log in at http:\/\/.*\/drones\/pilot$/,
    )
    expect(typed).toEqual([])
    expect(await logIn(body, { 'x-dji-cloud-status': 'http' })).toMatchObject({ status: 400 })
  },
)

it('names the field in the language of the client, and the public address', async () => {
  const { logIn } = await start('express 5', 'https://drones.example.com/cloud')
  const { json } = await logIn({}, { 'accept-language': 'zh-CN' })
  expect(json.message).toContain('租户')
  expect(json.message).toContain('https://drones.example.com/cloud/pilot')
})
