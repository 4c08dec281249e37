import type { Environment } from './environment.ts'
import { type Fault, fault } from './faults.ts'
import type { ParsedOptions } from './schema.ts'

/** What one process can know of others that run the same app. */
export interface ProcessFacts {
  /** `cluster.isWorker` of node:cluster. */
  readonly isClusterWorker: boolean
  /** `isMainThread` of node:worker_threads. */
  readonly isMainThread: boolean
  readonly env: Environment
}

/**
 * Who this process is beside others of the same app; `certain` is false where there may be no other. Several containers
 * cannot be seen from inside.
 */
export interface Siblings {
  readonly who: string
  readonly certain: boolean
}

/** PM2 writes its settings into the environment: `instances` is 1, a count, `max` or 0, the last two for all cores. */
export function siblingsOf({ isClusterWorker, isMainThread, env }: ProcessFacts): Siblings | null {
  const instances = env['instances']
  if (env['pm_id'] !== undefined && instances !== undefined) {
    return instances === '1' ? null : { who: `one of PM2's ${instances} instances`, certain: true }
  }
  if (isClusterWorker) return { who: 'a worker of node:cluster', certain: true }
  if (!isMainThread) return { who: 'a worker thread', certain: false }
  return null
}

/** By this mark and not by `instanceof`: an app may hold this package twice, as ESM and as CommonJS. */
const ALONE = Symbol.for('dji-cloud.this-process-alone')

/** Marks a store, broker or bus that no other process shares. */
export const thisProcessAlone = <Part extends object>(part: Part): Part =>
  Object.defineProperty(part, ALONE, { value: true })

const isAlone = (part: object | undefined): boolean =>
  part === undefined || (part as { [ALONE]?: true })[ALONE] === true

/** A request that reaches another process than the login did finds nothing of what is kept in memory there. */
const PARTS = [
  ['sessions', 'a login at one process is a 401 at the others; use redisSessions or sqlSessions'],
  ['devices', 'what one process knows of devices the others do not; use redisDevices or sqlDevices'],
  ['loginRateLimit.store', 'failed logins are counted by each process for itself; use redisRateLimitStore'],
  [
    'broker',
    'a controller is connected to one process and the others cannot reach it; use embeddedBroker({ redis }) or a broker outside',
  ],
  ['bus', 'what one process hears is not pushed by the others; use redisBus'],
] as const

/** Without a limit nothing is counted: that is nobody's alone. */
const NOTHING = {}

const partOf = (options: ParsedOptions, option: (typeof PARTS)[number][0]): object | undefined => {
  if (option !== 'loginRateLimit.store') return options[option]
  return options.loginRateLimit === false ? NOTHING : options.loginRateLimit.store
}

/** One for each part that every process would have for itself. None where this process is the only one, or said to be. */
export function processFaults(options: ParsedOptions, siblings: Siblings | null): Fault[] {
  if (siblings === null || options.insecure.includes('memory-stores')) return []
  return PARTS.filter(([option]) => isAlone(partOf(options, option))).map(([option, fix]) =>
    fault(
      option,
      `is kept by this process alone, and this is ${siblings.who}: ${fix}. If no other process runs this app, add insecure: ["memory-stores"]`,
    ),
  )
}
