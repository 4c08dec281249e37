import type { BrokerLimits } from './options.ts'

export interface Limiter {
  /** False: one too many, of all, of this address, or of those not let in yet. */
  enter(address: string): boolean
  admitted(): void
  leave(address: string, wasAdmitted: boolean): void
}

export function createLimiter(
  limits: Pick<BrokerLimits, 'connections' | 'connectionsPerAddress' | 'unauthenticated'>,
): Limiter {
  const perAddress = new Map<string, number>()
  let all = 0
  let waiting = 0
  return {
    enter(address) {
      const here = perAddress.get(address) ?? 0
      if (
        all >= limits.connections ||
        waiting >= limits.unauthenticated ||
        here >= limits.connectionsPerAddress
      ) {
        return false
      }
      perAddress.set(address, here + 1)
      all += 1
      waiting += 1
      return true
    },
    admitted() {
      waiting -= 1
    },
    leave(address, wasAdmitted) {
      const here = (perAddress.get(address) ?? 1) - 1
      if (here === 0) perAddress.delete(address)
      else perAddress.set(address, here)
      all -= 1
      if (!wasAdmitted) waiting -= 1
    },
  }
}
