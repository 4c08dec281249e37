// Compiles only if the types of `fields` reach `authenticate`, and a challenge cannot be forgotten.
import { expect, test } from 'vitest'
import { customUsers } from '../../../src/index.ts'
import { WORKSPACE_A as workspace } from '../../support/sessions.ts'

const CONTEXT = { role: 'pilot', address: '192.0.2.1', language: 'en' } as const

test('what was typed has the types of the fields', async () => {
  const users = customUsers({
    fields: {
      tenant: { label: 'Tenant', choices: { north: 'North', 7: 'Seven' } },
      callsign: { label: 'Call sign', required: false },
      site: { label: 'Site' },
    },
    async authenticate({ username, tenant, callsign, site }) {
      const typed: readonly ['north' | '7', string | undefined, string] = [tenant, callsign, site]
      // @ts-expect-error it may be undefined
      const _certain: string = callsign
      return { id: 1, username: [username, ...typed].join(), workspace }
    },
    findById: () => null,
  })
  const typed = { username: 'ada', password: 'fake', tenant: 'north', site: 'here' }
  expect(await users.authenticate(typed, CONTEXT)).toMatchObject({ id: '1', username: 'ada,north,,here' })
  expect(Object.keys(users.fields ?? {})).toEqual(['tenant', 'callsign', 'site'])
})

test('a field that is not there is no field', () => {
  customUsers({
    // @ts-expect-error there is no field of this name
    authenticate: ({ username, tenant }) => ({ id: 1, username: `${username} ${tenant}`, workspace }),
    findById: () => null,
  })
})

test('a challenge needs verifyChallenge, and its id becomes a text', async () => {
  // @ts-expect-error authenticate returns a challenge, and nothing verifies it
  const broken = customUsers({
    authenticate: ({ username }) => (username === 'ada' ? { challenge: 'otp', id: 7 } : null),
    findById: () => null,
  })
  expect(broken.verifyChallenge).toBeUndefined()
  const users = customUsers({
    authenticate: ({ username }) => (username === 'ada' ? { challenge: 'otp', id: 7 } : null),
    verifyChallenge: ({ id, code }) => (code === '1' ? { id: Number(id), username: 'ada', workspace } : null),
    findById: () => null,
  })
  const typed = { username: 'ada', password: 'fake' }
  expect(await users.authenticate(typed, CONTEXT)).toEqual({ challenge: 'otp', id: '7' })
  const answer = { challenge: 'otp', id: '7', username: 'ada', code: '1', data: undefined }
  expect(await users.verifyChallenge?.(answer, CONTEXT)).toMatchObject({ id: '7' })
  expect(await users.verifyChallenge?.({ ...answer, code: '2' }, CONTEXT)).toBeNull()
  const mistaken = customUsers({
    authenticate: () => null,
    verifyChallenge: () => ({ id: 8, username: 'bert', workspace }),
    findById: () => null,
  })
  await expect(mistaken.verifyChallenge?.(answer, CONTEXT)).rejects.toThrow('another user')
})

test('a column of the name challenge makes no challenge of a user', async () => {
  const users = customUsers({
    authenticate: () => ({ id: 1, username: 'ada', workspace, challenge: null }),
    findById: () => null,
  })
  expect(await users.authenticate({ username: 'ada', password: 'fake' }, CONTEXT)).toMatchObject({
    username: 'ada',
  })
})
