import assert from 'node:assert/strict'
import type { AuthenticatedUser, LoginContext, User, UserStore } from '../../core/ports/index.ts'
import { type ContractRunner, withStores } from './runner.ts'

/** A user that has to be in the store under test. */
export type ContractUser = Omit<User, 'id'> & {
  /** In plain text. The store keeps it in its own form. */
  readonly password: string
}

/** Users of two workspaces and both roles, with unusual characters in names and passwords. */
export const CONTRACT_USERS = [
  {
    username: 'contract-pilot',
    password: 'obviously-fake-1',
    role: 'pilot',
    workspace: {
      id: '0c0c0c0c-0000-4000-8000-00000000000a',
      name: 'Contract Alpha',
      description: 'The first',
    },
  },
  {
    username: 'Zoë Contract',
    password: ' p:ä"ss\\w%örd🚁 ',
    role: 'web',
    workspace: { id: '0c0c0c0c-0000-4000-8000-00000000000b', name: 'Contract Bravo', description: '' },
  },
] as const satisfies readonly ContractUser[]

/** Options of `userStoreContract`. */
export interface UserStoreContract extends ContractRunner {
  /** The name of the store, for the report. */
  readonly name: string
  /** Makes a store with `CONTRACT_USERS`. It is closed after the test. */
  readonly make: (users: readonly ContractUser[]) => UserStore | Promise<UserStore>
  /** Deletes or disables a user, if the store can: the user must be gone at once. */
  readonly remove?: ((store: UserStore, id: string) => Promise<unknown>) | undefined
  /** Moves a user to another workspace, if the store can: the store must return the new one at once. */
  readonly move?:
    | ((store: UserStore, id: string, workspace: User['workspace']) => Promise<unknown>)
    | undefined
  /** Whether an unknown name has to take as long as a wrong password. @default true */
  readonly timing?: boolean | undefined
}

const [PILOT, WEB] = CONTRACT_USERS

const PLACE: LoginContext = { role: 'pilot', address: '192.0.2.1', language: 'en' }
async function authenticate(
  store: UserStore,
  username: string,
  password: string,
): Promise<AuthenticatedUser | null> {
  const answer = await store.authenticate({ username, password }, PLACE)
  if (answer !== null && 'challenge' in answer)
    throw new assert.AssertionError({
      message: `${username} is asked for a code as well. Let these users log in without a code in this test.`,
    })
  return answer
}

const NOBODY: readonly (readonly [string, string])[] = [
  [PILOT.username, 'wrong'],
  [PILOT.username, ''],
  [PILOT.username, `${PILOT.password} `],
  [PILOT.username, PILOT.password.toUpperCase()],
  [PILOT.username, WEB.password],
  [PILOT.username, 'x'.repeat(1024)],
  ['nobody', PILOT.password],
  ['', ''],
  ['', PILOT.password],
  [PILOT.username.toUpperCase(), PILOT.password],
  ["' OR '1'='1", PILOT.password],
  ['%', PILOT.password],
  [`${PILOT.username}\0`, PILOT.password],
  ['__proto__', PILOT.password],
  ['constructor', PILOT.password],
  ['n'.repeat(256), PILOT.password],
]

/** The tests that every user store has to pass. */
export function userStoreContract(contract: UserStoreContract): void {
  const { name, make, remove, move, timing = true, describe, test } = contract
  const withStore = (use: (store: UserStore) => Promise<void>) => () =>
    withStores(
      () => make(CONTRACT_USERS),
      1,
      (store) => use(store!),
    )
  const login = async (store: UserStore, { username, password }: ContractUser): Promise<User> => {
    const user = await authenticate(store, username, password)
    assert.ok(user !== null, `${username} could not log in`)
    return user
  }

  describe(`user store contract: ${name}`, () => {
    test(
      'knows a user by name and password, and by id',
      withStore(async (store) => {
        for (const account of CONTRACT_USERS) {
          const { password: _, ...expected } = account
          const user = await login(store, account)
          // No other fields, because what a store returns gets into answers and events.
          assert.deepEqual(user, { id: user.id, ...expected })
          assert.ok(typeof user.id === 'string' && user.id !== '')
          assert.deepEqual(await store.findById(user.id), user)
        }
      }),
    )

    test(
      'answers null, and does not fail, for any other text',
      withStore(async (store) => {
        for (const [username, password] of NOBODY)
          assert.equal(
            await authenticate(store, username, password),
            null,
            JSON.stringify([username, password]),
          )
        for (const id of ['nobody', '', '__proto__', 'a\0b', "' OR '1'='1"])
          assert.equal(await store.findById(id), null, JSON.stringify(id))
      }),
    )

    test(
      'logs in the same user many times at once',
      withStore(async (store) => {
        const users = await Promise.all(Array.from({ length: 8 }, () => login(store, PILOT)))
        assert.equal(new Set(users.map(({ id }) => id)).size, 1)
      }),
    )

    if (timing)
      test(
        'takes as long for an unknown name as for a wrong password',
        withStore(async (store) => {
          const least = { unknown: Infinity, wrong: Infinity }
          const alike = () => least.unknown > least.wrong / 2 && least.wrong > least.unknown / 2
          await authenticate(store, 'warm-up', 'wrong')
          // A busy machine only adds time, so the shortest of many runs is the time of the work itself.
          for (let turn = 0; turn < 5 || (turn < 60 && !alike()); turn += 1) {
            least.unknown = Math.min(
              least.unknown,
              await timeOf(() => authenticate(store, `nobody-${turn}`, 'wrong')),
            )
            least.wrong = Math.min(
              least.wrong,
              await timeOf(() => authenticate(store, PILOT.username, 'wrong')),
            )
          }
          assert.ok(alike(), `unknown name ${least.unknown} ms, wrong password ${least.wrong} ms`)
        }),
      )

    if (remove !== undefined)
      test(
        'forgets a removed user at once',
        withStore(async (store) => {
          const { id } = await login(store, PILOT)
          await remove(store, id)
          assert.equal(await store.findById(id), null)
          assert.equal(await authenticate(store, PILOT.username, PILOT.password), null)
          await login(store, WEB)
        }),
      )

    if (move !== undefined)
      test(
        'shows another workspace at once',
        withStore(async (store) => {
          const user = await login(store, PILOT)
          await move(store, user.id, WEB.workspace)
          assert.deepEqual(await store.findById(user.id), { ...user, workspace: WEB.workspace })
        }),
      )
  })
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
