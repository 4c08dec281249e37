import { afterEach } from 'vitest'
import { startCloud, type TestCloud } from '../support/cloud.ts'

/** What the test that runs has opened: closed after it, the newest first. */
export const closing: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close()
})

export async function start(...given: Parameters<typeof startCloud>): Promise<TestCloud> {
  const cloud = await startCloud(...given)
  closing.push(cloud)
  return cloud
}
