import type { SessionStore } from '../../core/ports/index.ts'
import { type ContractRunner, withStores } from './runner.ts'
import type { SessionCase } from './session-data.ts'
import { concurrencyCases } from './sessions-concurrency.ts'
import { lifeCases } from './sessions-life.ts'
import { tokenCases } from './sessions-tokens.ts'

/** What `sessionStoreContract` is given. */
export interface SessionStoreContract extends ContractRunner {
  /** Of the store, for the report. */
  readonly name: string
  /**
   * A store, called once or twice a test. It may hold sessions of others, earlier tests included: every test makes up
   * ids of its own. It is closed after the test if it has `close`.
   */
  readonly make: () => SessionStore | Promise<SessionStore>
  /** Whether two stores of `make` are two nodes on the same data. @default true */
  readonly shared?: boolean | undefined
}

/**
 * What every session store has to do. Published so that a store of your own can be held to it:
 * `sessionStoreContract({ name: 'mine', make: () => mySessions(), describe, test })`.
 */
export function sessionStoreContract({
  name,
  make,
  shared = true,
  describe,
  test,
}: SessionStoreContract): void {
  const cases: Readonly<Record<string, SessionCase>> = { ...lifeCases, ...tokenCases, ...concurrencyCases }
  describe(`session store contract: ${name}`, () => {
    for (const [title, body] of Object.entries(cases)) {
      test(title, () => withStores(make, shared ? 2 : 1, (a, b) => body(a!, b ?? a!)))
    }
  })
}
