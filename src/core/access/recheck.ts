import { isDjiCloudError } from '../errors.ts'
import type { StoredSession } from '../ports/index.ts'

/** How many users are looked up at the same time. Few, because each look-up may be a call to another service. */
const AT_ONCE = 4

/**
 * Looks the users of these sessions up. If one look-up fails, the other users are looked up anyway.
 * @param look ends a session whose user is deleted or changed, and then throws SESSION_ENDED
 * @returns how many sessions ended
 * @throws the first error that is not SESSION_ENDED, at the end
 */
export async function recheckAll(
  sessions: readonly StoredSession[],
  look: (session: StoredSession) => Promise<unknown>,
): Promise<number> {
  const waiting = [...sessions]
  const failures: unknown[] = []
  let ended = 0

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await look(next)
      } catch (error) {
        if (isDjiCloudError(error) && error.code === 'SESSION_ENDED') ended += 1
        else failures.push(error)
      }
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, work))
  if (failures.length > 0) throw failures[0]
  return ended
}
