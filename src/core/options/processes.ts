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

/** Other processes of the same app may run. `who` says what this process is. A process cannot see other containers. */
export interface Siblings {
  readonly who: string
}

/**
 * PM2 writes its settings into the environment. `instances` is a number of processes; `max` and 0 mean one for each
 * core. `NODE_APP_INSTANCE` is the number of this process, from 0. Processes that `pm2 scale` adds have one too.
 */
export function siblingsOf({ isClusterWorker, isMainThread, env }: ProcessFacts): Siblings | null {
  const instances = env['instances']
  if (env['pm_id'] !== undefined && instances !== undefined) {
    const number = env['NODE_APP_INSTANCE'] ?? '0'
    if (instances !== '1') return { who: `one of PM2's ${instances} instances` }
    return number === '0' ? null : { who: `instance ${number} of PM2` }
  }
  if (isClusterWorker) return { who: 'a worker of node:cluster' }
  if (!isMainThread) return { who: 'a worker thread' }
  return null
}

/**
 * Parts are recognised by this mark and not by `instanceof`, because an app may load this package twice, as ESM and as
 * CommonJS.
 */
const ALONE = Symbol.for('dji-cloud.this-process-alone')

/** Marks a store, broker or bus that works in this process only. */
export const thisProcessAlone = <Part extends object>(part: Part): Part =>
  Object.defineProperty(part, ALONE, { value: true })

const isAlone = (part: object | undefined): boolean =>
  part === undefined || (part as { [ALONE]?: true })[ALONE] === true

/**
 * A request may reach another process than the login did. The other process does not have what the first one keeps in
 * memory.
 */
const PARTS = [
  ['sessions', 'a token from one process gives 401 at the others; use redisSessions or sqlSessions'],
  ['devices', 'a process does not see the devices of the others; use redisDevices or sqlDevices'],
  ['loginRateLimit.store', 'each process counts failed logins separately; use redisRateLimitStore'],
  [
    'broker',
    'a controller is connected to one process and the others cannot reach it; use embeddedBroker({ redis }) or a broker outside',
  ],
  ['bus', 'messages that one process receives are not pushed by the others; use redisBus'],
] as const

/** With `loginRateLimit: false` failed logins are not counted, so there is nothing to share, unless a plugin counts something. */
const NOTHING = {}

const partOf = (options: ParsedOptions, option: (typeof PARTS)[number][0]): object | undefined => {
  if (option !== 'loginRateLimit.store') return options[option]
  return options.loginRateLimit === false ? NOTHING : options.loginRateLimit.store
}

/**
 * With `loginRateLimit: false` there is no store for limits of plugins: each process would count for itself.
 * @returns a function that makes the fault of a plugin with limits; null: limits are allowed, perhaps with a warning
 */
export function limitFaultOf(
  options: Pick<ParsedOptions, 'loginRateLimit' | 'insecure' | 'environment'>,
  siblings: Siblings | null,
): ((plugin: string) => Fault) | null {
  const { loginRateLimit, insecure, environment } = options
  if (siblings === null || loginRateLimit !== false || environment !== 'production') return null
  return insecure.includes('memory-stores') ? null : (plugin) => limitFault(plugin, siblings)
}

const limitFault = (plugin: string, siblings: Siblings): Fault =>
  fault(
    'loginRateLimit',
    `is false, and the plugin ${plugin} has limits of its own. They are ${alone(siblings, `each process counts them separately; use { store: redisRateLimitStore({ url }) }, with high limits if you limit logins yourself`)}`,
  )

/**
 * One fault for each part that every process would have separately. No fault if this is the only process, or if the
 * host has said so with `insecure`.
 */
export function processFaults(options: ParsedOptions, siblings: Siblings | null): Fault[] {
  if (siblings === null || options.insecure.includes('memory-stores')) return []
  const { plugins } = options
  const needing = plugins.find(({ needs = [] }) => needs.includes('shared'))
  const shared =
    needing === undefined || !isAlone(options.shared)
      ? []
      : [
          inMemory(
            'shared',
            siblings,
            `the plugin ${needing.id} stores values that every process needs; use redisShared`,
          ),
        ]
  const limits =
    needing === undefined || options.loginRateLimit !== false ? [] : [limitFault(needing.id, siblings)]
  return PARTS.filter(([option]) => isAlone(partOf(options, option)))
    .map(([option, fix]) => inMemory(option, siblings, fix))
    .concat(shared, limits)
}

const inMemory = (option: string, siblings: Siblings, fix: string): Fault =>
  fault(option, `is ${alone(siblings, fix)}`)

const alone = ({ who }: Siblings, fix: string): string =>
  `in the memory of one process, and this is ${who}: ${fix}. If no other process runs this app, add insecure: ["memory-stores"]`
