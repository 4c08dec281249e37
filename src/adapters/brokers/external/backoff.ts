const FIRST_MS = 250
const LONGEST_MS = 15_000

/**
 * How long to wait before attempt number `attempt` (0: the first after a loss). Half of it is chance, so that the nodes
 * and controllers that lost a broker together do not all come back in one moment.
 */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16))
  return Math.round(full / 2 + (full / 2) * random)
}
