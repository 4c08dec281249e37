// Whether a name exists must not show in the time of a refused login. Time is not measured here, but work: how often a password is
// hashed.
import type { Kysely } from 'kysely'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTotpTable, enrol, totpUsers } from '../../examples/second-step/users.ts'
import {
  customUsers,
  hashPassword,
  memoryUsers,
  migrateSql,
  sqlUsers,
  type UserStore,
} from '../../src/index.ts'
import { startCloud, type TestCloud, WORKSPACE } from '../support/cloud.ts'
import { hashed } from '../support/hashed.ts'
import { ask } from '../support/http.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { createSqlite } from '../support/sqlite.ts'

const PASSWORD = 'an obviously fake password'
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function sqlite(): Promise<Kysely<unknown>> {
  const made = await createSqlite()
  closing.push(made.remove)
  const db = made.connect()
  await migrateSql({ db })
  const users = sqlUsers({ db })
  for (const username of ['ada', 'bob'])
    await users.createUser({ username, password: PASSWORD, workspace: WORKSPACE })
  return db
}

const listed = async (kind: 'password' | 'passwordHash') =>
  memoryUsers(
    await Promise.all(
      ['ada', 'bob'].map(async (username) => ({
        username,
        workspace: WORKSPACE,
        [kind]: kind === 'password' ? PASSWORD : await hashPassword(PASSWORD),
      })),
    ),
  )

/** ada has a second step, bob has none. */
const withCode = (passwords: UserStore): UserStore =>
  customUsers({
    async authenticate(credentials, context) {
      const user = await passwords.authenticate(credentials, context)
      if (user === null || 'challenge' in user) return null
      return user.id === 'ada' ? { challenge: 'otp', id: user.id, digits: 6 } : user
    },
    verifyChallenge: () => null,
    findById: (id) => passwords.findById(id),
  })

const STORES: Readonly<Record<string, () => Promise<UserStore>>> = {
  'passwords in plain text': async () => withCode(await listed('password')),
  'a list of hashes': async () => withCode(await listed('passwordHash')),
  async 'the tables of sqlUsers, with the authenticators of the example'() {
    const db = await sqlite()
    await createTotpTable(db)
    const [ada] = await sqlUsers({ db }).listUsers({ username: 'ada' })
    await enrol(db, String(ada?.id), 'ada')
    return totpUsers(db)
  },
}

describe('with a second step, a refused login', () => {
  let warm = 0
  beforeAll(async () => {
    warm = await hashed(() => hashPassword(PASSWORD))
  })

  it('is measured: one password that is hashed is one', () => expect(warm).toBe(1))

  it.each(Object.entries(STORES))(
    'costs one hash for %s, the first one too, whether the name exists, has a second step, or not',
    async (_what, make) => {
      for (const names of [
        ['nobody', 'ada', 'bob'],
        ['ada', 'nobody', 'bob'],
      ]) {
        const cloud: TestCloud = await startCloud({
          broker: idleBroker(),
          users: await make(),
          logger: false,
        })
        closing.push(cloud.close)
        const logIn = (username: string, password: string) =>
          ask(cloud.url, '/manage/api/v1/login', { method: 'POST', body: { username, password } })
        for (const username of names) {
          const runs = await hashed(async () => {
            expect((await logIn(username, 'wrong')).json.code).toBe(403001)
          })
          expect([username, runs]).toEqual([username, 1])
        }
        // The right password costs the same, and is asked for a code.
        const runs = await hashed(async () => {
          expect((await logIn('ada', PASSWORD)).json.code).toBe(403009)
        })
        expect(runs).toBe(1)
      }
    },
  )
})
