import { createHook } from 'node:async_hooks'

/** How many passwords were hashed while the work was done. Node tells of each run of scrypt. */
export async function hashed(work: () => Promise<unknown>): Promise<number> {
  let runs = 0
  const hook = createHook({
    init(_id, type) {
      if (type === 'SCRYPTREQUEST') runs += 1
    },
  }).enable()
  try {
    await work()
    return runs
  } finally {
    hook.disable()
  }
}
