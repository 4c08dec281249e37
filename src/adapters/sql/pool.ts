import { DjiCloudError } from '../../core/errors.ts'

type ErrorListener = (error: Error) => void

/** What is used of a `pg.Pool`. */
export interface PostgresPool {
  /** Connections that are open at this moment. */
  readonly totalCount: number
  on(event: 'error', listener: ErrorListener): unknown
  on(
    event: 'connect',
    listener: (client: { on(event: 'error', listener: ErrorListener): unknown }) => void,
  ): unknown
}

/** A server that restarts breaks all connections at once, and each of them tells it. */
const QUIET_MS = 10_000

const toTerminal: ErrorListener = ({ message }) => console.error(`dji-cloud: PostgreSQL: ${message}`)

/**
 * Keeps a PostgreSQL that restarts from ending the process: `safePool(new pg.Pool({...}))`, before its first query.
 * `pg` emits `error` at the pool for a connection that idles, and at the connection for one that is in use; Node ends a
 * process at an `error` that nobody listens to (node-postgres, "pool.on('error')"). Queries reject as before.
 * @param onError told at most once in ten seconds. @default one line on the terminal
 * @returns the same pool
 * @throws DjiCloudError OPTIONS for something that is no pool, or one that has connections already
 */
export function safePool<Pool extends PostgresPool>(pool: Pool, onError: ErrorListener = toTerminal): Pool {
  // The host may have no types: JavaScript, or a driver of another make.
  const given = pool as Partial<PostgresPool> | null | undefined
  if (typeof given?.on !== 'function' || typeof given.totalCount !== 'number')
    throw new DjiCloudError('OPTIONS', {
      message: 'safePool needs a pool of pg: safePool(new pg.Pool(...)).',
    })
  if (given.totalCount > 0) {
    throw new DjiCloudError('OPTIONS', {
      message: 'safePool came too late: call it where the pool is made, before its first query.',
    })
  }
  let told = Number.NEGATIVE_INFINITY
  const listener: ErrorListener = (error) => {
    const now = performance.now()
    if (now - told < QUIET_MS) return
    told = now
    try {
      onError(error)
    } catch {
      // A listener that throws would end the process, which this is here to prevent.
    }
  }
  pool.on('error', listener)
  pool.on('connect', (client) => client.on('error', listener))
  return pool
}
