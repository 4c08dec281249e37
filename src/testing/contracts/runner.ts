/** How a contract suite speaks to a test runner: `describe` and `test` of vitest, jest, mocha or node:test fit. */
export interface ContractRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly test: (name: string, body: () => Promise<void>) => unknown
}

/** Runs `use` with fresh stores and closes them, whatever happens. */
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
