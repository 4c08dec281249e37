import { describe, expect, test, vi } from 'vitest'
import { customUsers } from '../../../src/adapters/users/custom.ts'
import { WORKSPACE_A } from '../../support/sessions.ts'

const GOOD = { id: 'u1', username: 'amelia', role: 'pilot', workspace: WORKSPACE_A }

const AMELIA = { username: 'amelia', password: 'x' }
const PLACE = { role: 'pilot', address: '192.0.2.1', language: 'en' } as const

/** A store whose functions return this, as an untyped host's could. */
const returning = (answer: unknown) =>
  customUsers({ authenticate: async () => answer as null, findById: async () => answer as null })

describe('users of the host', () => {
  test('are handed on without what does not belong to them', async () => {
    const store = returning({ ...GOOD, password_hash: 'x', workspace: { ...WORKSPACE_A, plan: 'gold' } })
    await expect(store.authenticate(AMELIA, PLACE)).resolves.toEqual(GOOD)
    await expect(store.findById('u1')).resolves.toEqual(GOOD)
  })

  test('may have a number as id, and neither role nor description', async () => {
    const { id, name } = WORKSPACE_A
    const store = returning({ id: 7, username: 'amelia', workspace: { id, name } })
    const user = { id: '7', username: 'amelia', role: 'pilot', workspace: { id, name, description: '' } }
    await expect(store.authenticate(AMELIA, PLACE)).resolves.toEqual(user)
    await expect(store.findById('7')).resolves.toEqual(user)
  })

  test.each([[null], [undefined]])('%s is nobody', async (answer) => {
    await expect(returning(answer).authenticate(AMELIA, PLACE)).resolves.toBeNull()
    await expect(returning(answer).findById('u1')).resolves.toBeNull()
  })

  test.each([
    [
      'a workspace id that is no UUID',
      { ...GOOD, workspace: { ...WORKSPACE_A, id: '42' } },
      'workspace.id needs a UUID',
    ],
    [
      'no workspace',
      { ...GOOD, workspace: undefined },
      'workspace is missing; needs an object with id, name, description',
    ],
    [
      'a workspace without a name',
      { ...GOOD, workspace: { id: WORKSPACE_A.id } },
      'workspace.name is missing; needs a text',
    ],
    ['another role', { ...GOOD, role: 'admin' }, 'role needs "pilot" or "web"'],
    ['an empty name', { ...GOOD, username: '' }, 'username must not be empty'],
    ['no id', { ...GOOD, id: null }, 'id needs a text, or needs a whole number; got null'],
    ['a broken number', { ...GOOD, id: 1.5 }, 'id needs a text, or needs a whole number; got a number'],
    ['a boolean', true, 'it needs a user or null; got true'],
    [
      'several faults',
      { id: 'u1' },
      'username is missing; needs a text; workspace is missing; needs an object with id, name, description',
    ],
  ])('with %s reject, naming the field', async (_name, answer, message) => {
    await expect(returning(answer).authenticate(AMELIA, PLACE)).rejects.toThrow(
      new TypeError(
        `customUsers: the answer of authenticate(): ${message}`.replace(
          'a UUID',
          'a UUID (8-4-4-4-12 hex digits): Pilot refuses other workspace ids with code 615000',
        ),
      ),
    )
    await expect(returning(answer).findById('u1')).rejects.toThrow(
      /^customUsers: the answer of findById\(\): /,
    )
  })

  test('have a workspace whose id has the form of a UUID, of whatever version', async () => {
    const id = '11111111-1111-1111-1111-111111111111'
    const user = await returning({ ...GOOD, workspace: { id, name: 'w' } }).findById('u1')
    expect(user?.workspace.id).toBe(id)
  })

  test('are not taken for one another', async () => {
    await expect(returning(GOOD).findById('u2')).rejects.toThrow(
      'customUsers: findById() returned another user. Return the user with the id that was asked for, or null.',
    )
  })

  test('that cannot be asked reject: nobody is let in and nobody is refused', async () => {
    const store = customUsers({
      authenticate: () => {
        throw new Error('upstream is down')
      },
      findById: () => Promise.reject(new Error('upstream is down')),
    })
    await expect(store.authenticate(AMELIA, PLACE)).rejects.toThrow('upstream is down')
    await expect(store.findById('u1')).rejects.toThrow('upstream is down')
  })

  test('are closed when the platform is', async () => {
    const close = vi.fn(async () => {})
    const store = customUsers({ authenticate: () => null, findById: () => null, close })
    await store.close?.()
    expect(close).toHaveBeenCalledOnce()
    expect(returning(null).close).toBeUndefined()
  })
})
