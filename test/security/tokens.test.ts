import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyRing } from '../../src/core/access/keys.ts'
import type { User, UserStore } from '../../src/core/ports/index.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { type ManualClock, manualClock } from '../support/clock.ts'
import { type Host, startHost } from '../support/hosts.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { DAY, HOUR, WORKSPACE_B } from '../support/sessions.ts'

const SECRET = 'an obviously fake secret for these tests only'
const key = createKeyRing([], [SECRET]).signing('access')

interface World {
  readonly clock: ManualClock
  /** Changes what the user store says from now on. */
  readonly change: (how: (user: User) => User | null) => void
  readonly post: (path: string, token: string) => ReturnType<typeof ask>
}

interface Row {
  readonly name: string
  /** Makes the token to try out of a good one. */
  readonly make: (good: string, world: World) => string | Promise<string>
  /** Exact answers: HTTP status, envelope code, `data.status`. */
  readonly verify: readonly [number, number, string]
  readonly refresh: readonly [number, number, string | undefined]
}

const parts = (token: string) => token.split('.') as [string, string, string]
const claimsOf = (token: string) => jwt.decode(token) as jwt.JwtPayload
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const resigned = (token: string, change: object, options: jwt.SignOptions = {}) =>
  jwt.sign({ ...claimsOf(token), ...change }, key.sign, { keyid: key.kid, ...options })

const INVALID = [401, 401002, 'invalid'] as const
const OK = [200, 0, 'valid'] as const
const RENEWED = [200, 0, undefined] as const

const rows: readonly Row[] = [
  { name: 'good', make: (good) => good, verify: OK, refresh: RENEWED },
  { name: 'none', make: () => '', verify: [401, 401001, 'none'], refresh: [401, 401001, 'none'] },
  {
    name: 'unsigned',
    make: (good) => `${encode({ alg: 'none', kid: key.kid })}.${parts(good)[1]}.`,
    verify: INVALID,
    refresh: INVALID,
  },
  {
    name: 'of another algorithm',
    make: (good) => resigned(good, {}, { algorithm: 'HS384' }),
    verify: INVALID,
    refresh: INVALID,
  },
  {
    name: 'for another audience',
    make: (good) => resigned(good, { aud: 'dji-cloud:mqtt' }),
    verify: INVALID,
    refresh: INVALID,
  },
  {
    name: 'of another key',
    make: (good) => jwt.sign(claimsOf(good), 'CloudApiSample', { keyid: key.kid }),
    verify: INVALID,
    refresh: INVALID,
  },
  { name: 'truncated', make: (good) => good.slice(0, -3), verify: INVALID, refresh: INVALID },
  {
    name: 'with another user written in',
    make: (good) => resigned(good, { sub: 'bert' }),
    verify: INVALID,
    refresh: INVALID,
  },
  {
    name: 'with another workspace written in',
    make: (good) => resigned(good, { wid: WORKSPACE_B.id }),
    verify: INVALID,
    refresh: INVALID,
  },
  {
    name: 'expired inside the window',
    make: (good, { clock }) => {
      clock.advance(13 * HOUR)
      return good
    },
    verify: [401, 401004, 'refreshable'],
    refresh: RENEWED,
  },
  {
    name: 'expired outside the window',
    make: (good, { clock }) => {
      clock.advance(8 * DAY)
      return good
    },
    verify: [401, 401003, 'expired'],
    refresh: [401, 401003, 'expired'],
  },
  {
    name: 'replaced a moment ago',
    make: async (good, { post }) => {
      await post('/token/refresh', good)
      return good
    },
    verify: OK,
    refresh: RENEWED,
  },
  {
    name: 'replayed after rotation',
    make: async (good, { clock, post }) => {
      await post('/token/refresh', good)
      clock.advance(31_000)
      return good
    },
    verify: [401, 401005, 'spent'],
    refresh: [401, 401005, 'spent'],
  },
  {
    name: 'of an ended session',
    make: async (good, { post }) => {
      await post('/logout', good)
      return good
    },
    verify: [401, 401006, 'ended'],
    refresh: [401, 401006, 'ended'],
  },
  {
    name: 'of a deleted user',
    make: (good, { change }) => {
      change(() => null)
      return good
    },
    verify: [401, 401006, 'ended'],
    refresh: [401, 401006, 'ended'],
  },
  {
    name: 'of a user whose workspace changed',
    make: (good, { change }) => {
      change((user) => ({ ...user, workspace: WORKSPACE_B }))
      return good
    },
    verify: [401, 401006, 'ended'],
    refresh: [401, 401006, 'ended'],
  },
]

describe('a token that is', () => {
  const clock = manualClock()
  let host: Host
  let as: (user: User) => User | null = (user) => user

  beforeAll(async () => {
    const store = testUsers()
    const users: UserStore = {
      authenticate: store.authenticate,
      findById: async (id) => {
        const user = await store.findById(id)
        return user === null ? null : as(user)
      },
    }
    host = await startHost(
      { framework: 'express 5', mount: '', parser: 'none' },
      { clock, users, secret: SECRET, broker: idleBroker(), logger: false },
    )
  })
  afterAll(() => host.close())

  const post = (path: string, token: string, body: unknown = {}) =>
    ask(host.url, `/manage/api/v1${path}`, {
      method: 'POST',
      body,
      headers: token === '' ? {} : { 'x-auth-token': token },
    })
  const world: World = {
    clock,
    post,
    change: (how) => {
      as = how
    },
  }

  // Asked in two worlds of their own: an answer may end the session that the next question is about.
  const cases = rows.flatMap((row) => [
    { ...row, path: '/token/verify', expected: row.verify },
    { ...row, path: '/token/refresh', expected: row.refresh },
  ])
  test.each(cases)('$name, at $path', async ({ make, path, expected }) => {
    as = (user) => user
    const login = await post('/login', '', { username: 'amelia', password: PASSWORD })
    const answer = await post(path, await make(String(login.json.data?.access_token), world))
    expect([answer.status, answer.json.code, answer.json.data?.status]).toEqual(expected)
  })
})
