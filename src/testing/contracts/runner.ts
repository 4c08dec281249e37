/** The functions of a test runner that a suite needs: `describe` and `test` of vitest, jest, mocha or node:test. */
export interface ContractRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly test: (name: string, body: () => Promise<void>) => unknown
}

/** Runs `use` with new stores and closes them, also after an error. */
export async function withStores<Store extends { close?(): Promise<void> }>(
  make: () => Store | Promise<Store>,
  count: number,
  use: (...stores: Store[]) => Promise<void>,
): Promise<void> {
  const stores: Store[] = []
  try {
    for (let index = 0; index < count; index += 1) stores.push(await make())
    await use(...stores)
  } finally {
    for (const store of stores) await store.close?.()
  }
}
