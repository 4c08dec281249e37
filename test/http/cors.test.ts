import { afterEach, describe, expect, it, test } from 'vitest'
import { parseOptions } from '../../src/core/options/parse.ts'
import type { DjiCloudOptions } from '../../src/index.ts'
import { testUsers } from '../support/accounts.ts'
import { type Host, startHost } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'

const ORIGIN = 'https://app.example.com'
const API = '/manage/api/v1/users/current'
let host: Host | null = null
afterEach(async () => {
  await host?.close()
  host = null
})

const start = async (cors: NonNullable<NonNullable<DjiCloudOptions['http']>['cors']>): Promise<string> => {
  host = await startHost(
    { framework: 'express 5', mount: '', parser: 'before' },
    { users: testUsers(), logger: false, broker: idleBroker(), http: { cors } },
  )
  return host.url
}
const list = (value: unknown): string[] => String(value).split(', ').sort()
const preflight = (url: string, origin: string) =>
  ask(url, API, {
    method: 'OPTIONS',
    headers: {
      ...{ origin, 'access-control-request-method': 'GET' },
      'access-control-request-headers': 'traceparent,x-auth-token',
    },
  })

const OWN = ['authorization', 'content-type', 'x-auth-token', 'x-dji-cloud-status']

describe.each([
  ['a list of origins', [ORIGIN], OWN, ['retry-after']],
  ['origins alone', { origins: [ORIGIN] }, OWN, ['retry-after']],
  [
    'further headers, once each, in any case',
    {
      origins: [ORIGIN],
      allowedHeaders: ['traceparent', 'X-Request-Id', 'x-request-id', 'X-Auth-Token'],
      exposedHeaders: ['X-Request-Id', 'retry-after'],
    },
    [...OWN, 'traceparent', 'x-request-id'],
    ['retry-after', 'x-request-id'],
  ],
])('%s', (_, cors, allowed, exposed) => {
  it('says what a front end of that origin may send and read, and nothing to others', async () => {
    const url = await start(cors)
    const asked = await preflight(url, ORIGIN)
    expect(asked.status).toBe(204)
    expect(asked.headers['access-control-allow-origin']).toBe(ORIGIN)
    expect(list(asked.headers['access-control-allow-headers'])).toEqual([...allowed].sort())
    const answer = await ask(url, API, { headers: { origin: ORIGIN } })
    expect([answer.status, list(answer.headers['access-control-expose-headers'])]).toEqual([401, exposed])
    const stranger = await preflight(url, 'https://evil.example')
    expect(stranger.status).toBe(405)
    for (const { headers } of [
      stranger,
      await ask(url, API, { headers: { origin: 'https://evil.example' } }),
    ])
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

test('statuses of HTTP can be asked for from another origin', async () => {
  const url = await start([ORIGIN])
  const headers = { origin: ORIGIN, 'x-dji-cloud-status': 'http' }
  const body = { username: 'nobody', password: 'wrong' }
  const refused = await ask(url, '/manage/api/v1/login', { method: 'POST', headers, body })
  expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([403, ORIGIN])
})

describe('a start-up fault', () => {
  it.each([
    [['*'], 'http.cors.0', 'never *'],
    [{ origins: ['https://app.example.com/path'] }, 'http.cors.origins.0', 'such as https://app.example.com'],
    [{ allowedHeaders: ['traceparent'] }, 'http.cors.origins', 'needs'],
    [{ origins: [ORIGIN], allowedHeaders: ['*'] }, 'http.cors.allowedHeaders.0', 'never *'],
    [{ origins: [ORIGIN], exposedHeaders: ['a b'] }, 'http.cors.exposedHeaders.0', 'name of a header'],
    [
      { origins: [ORIGIN], allowedHeaders: ['x\r\nset-cookie: a'] },
      'http.cors.allowedHeaders.0',
      'name of a header',
    ],
    [{ origins: [ORIGIN], allowHeaders: [] }, 'http.cors.allowHeaders', 'allowedHeaders'],
    ['https://app.example.com', 'http.cors', 'needs'],
  ])('%j names what is wrong', (cors, option, fix) => {
    let faults: { option: string; fix: string }[] = []
    try {
      parseOptions({ http: { cors } }, {})
    } catch (error) {
      faults = (error as { data: { faults: typeof faults } }).data.faults
    }
    expect(faults).toEqual([expect.objectContaining({ option, fix: expect.stringContaining(fix) })])
  })
})
