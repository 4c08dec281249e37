import { type Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import type { Tables } from '../../../src/adapters/sql/tables.ts'
import { type NewUser, sqlUsers } from '../../../src/adapters/users/sql.ts'
import { WORKSPACE_A, WORKSPACE_B } from '../../support/sessions.ts'
import { withPostgres, withSqlite } from '../../support/stores.ts'

const OLD = { ln: 4, r: 8, p: 1 }
const NEW = { ln: 5, r: 8, p: 1 }

let names = 0
const somebody = (more: Partial<NewUser> = {}): NewUser => ({
  username: `user-${++names}`,
  password: 'obviously-fake',
  workspace: WORKSPACE_A,
  ...more,
})

withPostgres('users in postgresql', (node) => suite(() => node(1), 'SET default_transaction_read_only = on'))
withSqlite('users in sqlite', (node) => suite(node, 'PRAGMA query_only = on'))

/** @param readOnly statement after which the connection refuses to write */
function suite(node: () => Kysely<unknown>, readOnly: string): void {
  let db: Kysely<Tables> | undefined
  const tables = () => {
    db ??= node() as Kysely<Tables>
    return db
  }
  const store = (cost = OLD) => sqlUsers({ db: tables(), cost })
  const hashOf = async (id: string) =>
    (await tables().selectFrom('dji_cloud_users').select('password_hash').where('id', '=', id).execute())[0]
      ?.password_hash

  test('a login upgrades the parameters of the hash, once, and only if it was right', async () => {
    const given = somebody()
    const { id } = await store(OLD).createUser(given)
    const old = await hashOf(id)
    expect(old).toMatch(/^\$scrypt\$ln=4,/)

    await expect(store(NEW).authenticate({ username: given.username, password: 'wrong' })).resolves.toBeNull()
    expect(await hashOf(id)).toBe(old)

    await expect(
      store(NEW).authenticate({ username: given.username, password: given.password }),
    ).resolves.toMatchObject({ id })
    const upgraded = await hashOf(id)
    expect(upgraded).toMatch(/^\$scrypt\$ln=5,/)

    await expect(
      store(NEW).authenticate({ username: given.username, password: given.password }),
    ).resolves.toMatchObject({ id })
    await expect(
      store(OLD).authenticate({ username: given.username, password: given.password }),
    ).resolves.toMatchObject({ id })
    expect(await hashOf(id)).toBe(upgraded)
  })

  test('an upgrade that fails does not fail the login', async () => {
    const given = somebody()
    const { id } = await store(OLD).createUser(given)
    const reader = node()
    await sql.raw(readOnly).execute(reader)
    const user = await sqlUsers({ db: reader, cost: NEW }).authenticate({
      username: given.username,
      password: given.password,
    })
    expect(user?.id).toBe(id)
    expect(await hashOf(id)).toMatch(/^\$scrypt\$ln=4,/)
  })

  test('an upgrade does not undo a password changed meanwhile', async () => {
    const given = somebody()
    const { id } = await store(OLD).createUser(given)
    const [user] = await Promise.all([
      store({ ln: 14, r: 8, p: 1 }).authenticate({ username: given.username, password: given.password }),
      store(OLD).updateUser(id, { password: 'another' }),
    ])
    // Whichever came first, the new password is the one that holds.
    expect([undefined, id]).toContain(user?.id)
    await expect(
      store(OLD).authenticate({ username: given.username, password: 'another' }),
    ).resolves.toMatchObject({ id })
    await expect(
      store(OLD).authenticate({ username: given.username, password: given.password }),
    ).resolves.toBeNull()
  })

  test('changes hold at once, each alone', async () => {
    const given = somebody()
    const { id } = await store().createUser(given)
    await expect(store().updateUser(id, { workspace: WORKSPACE_B })).resolves.toBe(true)
    await expect(store().updateUser(id, { role: 'web', username: `${given.username}-new` })).resolves.toBe(
      true,
    )
    await expect(store().updateUser(id, {})).resolves.toBe(true)
    await expect(store().findById(id)).resolves.toEqual({
      id,
      username: `${given.username}-new`,
      role: 'web',
      workspace: WORKSPACE_B,
    })
    await store().updateUser(id, { disabled: true })
    await expect(store().findById(id)).resolves.toBeNull()
    await store().updateUser(id, { disabled: false })
    await expect(
      store().authenticate({ username: `${given.username}-new`, password: given.password }),
    ).resolves.toMatchObject({ id })
    await expect(store().deleteUser(id)).resolves.toBe(true)
    await expect(store().deleteUser(id)).resolves.toBe(false)
    await expect(store().updateUser(id, { role: 'pilot' })).resolves.toBe(false)
  })

  test('a name belongs to one user, also when two are created at once', async () => {
    const given = somebody()
    const outcomes = await Promise.allSettled([store().createUser(given), store().createUser(given)])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(store().createUser(given)).rejects.toThrow('the user name or the id is taken')
  })

  test('what Pilot could not use is not stored', async () => {
    const { username } = somebody()
    const workspace = { id: 'not-a-uuid', name: 'Alpha' }
    await expect(store().createUser({ ...somebody({ workspace }), username })).rejects.toThrow(
      'createUser: workspace.id needs a UUID',
    )
    await expect(store().createUser(somebody({ username, password: '' }))).rejects.toThrow('The password')
    const { id } = await store().createUser(somebody({ username }))
    await expect(store().updateUser(id, { workspace })).rejects.toThrow(
      'updateUser: workspace.id needs a UUID',
    )
  })
}
