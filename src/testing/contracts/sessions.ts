import type { SessionStore } from '../../core/ports/index.ts'
import { type ContractRunner, withStores } from './runner.ts'
import type { SessionCase } from './session-data.ts'
import { concurrencyCases } from './sessions-concurrency.ts'
import { lifeCases } from './sessions-life.ts'
import { tokenCases } from './sessions-tokens.ts'

/** Options of `sessionStoreContract`. */
export interface SessionStoreContract extends ContractRunner {
  /** The name of the store, for the report. */
  readonly name: string
  /**
   * Makes a store. Called once or twice for each test. The store may have sessions of earlier tests, because each test
   * uses its own ids. It is closed after the test if it has `close`.
   */
  readonly make: () => SessionStore | Promise<SessionStore>
  /** Whether two stores of `make` are two nodes on the same data. @default true */
  readonly shared?: boolean | undefined
}

/**
 * The tests that every session store has to pass. Test your own store with them:
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
