import type { Kysely } from 'kysely'
import { describe, test } from 'vitest'
import type { Tables } from '../../../src/adapters/sql/tables.ts'
import { customUsers } from '../../../src/adapters/users/custom.ts'
import { memoryUsers } from '../../../src/adapters/users/memory.ts'
import { type SqlUserStore, sqlUsers } from '../../../src/adapters/users/sql.ts'
import { type ContractUser, userStoreContract } from '../../../src/testing/contracts/index.ts'
import { withPostgres, withSqlite } from '../../support/stores.ts'

/** Enough to be seen in the timing test, and no more. */
const COST = { ln: 12, r: 8, p: 1 }

userStoreContract({
  name: 'memory',
  make: (users) => memoryUsers(users, COST),
  describe,
  test,
})

userStoreContract({
  name: 'custom, over a list',
  make: (users) => {
    const rows = new Map(users.map((user, index) => [index + 1, user]))
    const asUser = ([id, user]: [number, ContractUser]) => ({ id, ...user })
    const find = (fits: (entry: [number, ContractUser]) => boolean) => {
      const found = [...rows].find(fits)
      return found === undefined ? null : asUser(found)
    }
    return customUsers({
      authenticate: async ({ username, password }) =>
        find(([, user]) => user.username === username && user.password === password),
      findById: async (id) => find(([key]) => String(key) === id),
    })
  },
  // How long a look-up takes is the host's.
  timing: false,
  describe,
  test,
})

const sqlContract = (name: string, node: () => Kysely<unknown>) => {
  let shared: Kysely<Tables> | undefined
  userStoreContract({
    name,
    make: async (users) => {
      shared ??= node() as Kysely<Tables>
      await shared.deleteFrom('dji_cloud_users').execute()
      const store = sqlUsers({ db: shared, cost: COST })
      await Promise.all(users.map((user) => store.createUser(user)))
      return store
    },
    remove: (store, id) => (store as SqlUserStore).updateUser(id, { disabled: true }),
    move: (store, id, workspace) => (store as SqlUserStore).updateUser(id, { workspace }),
    describe,
    test,
  })
}

withPostgres('postgresql', (node) => sqlContract('postgresql', node))
withSqlite('sqlite', (node) => sqlContract('sqlite', node))
