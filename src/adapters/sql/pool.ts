import { DjiCloudError } from '../../core/errors.ts'

type ErrorListener = (error: Error) => void

/** The part of a `pg.Pool` that is used here. */
export interface PostgresPool {
  /** Connections that are open at this moment. */
  readonly totalCount: number
  on(event: 'error', listener: ErrorListener): unknown
  on(
    event: 'connect',
    listener: (client: { on(event: 'error', listener: ErrorListener): unknown }) => void,
  ): unknown
}

/** A server restart breaks all connections at once, and each of them emits an error. */
const QUIET_MS = 10_000

const toTerminal: ErrorListener = ({ message }) => console.error(`dji-cloud: PostgreSQL: ${message}`)

/**
 * Prevents a restart of PostgreSQL from ending the process: `safePool(new pg.Pool({...}))`, before its first query.
 * `pg` emits `error` on the pool for an idle connection, and on the connection for one in use. Node ends the process
 * if an `error` has no listener (node-postgres, "pool.on('error')"). Queries still reject as before.
 * @param onError called at most once in ten seconds. @default one line on the terminal
 * @returns the same pool
 * @throws DjiCloudError OPTIONS if it is not a pool, or already has connections
 */
export function safePool<Pool extends PostgresPool>(pool: Pool, onError: ErrorListener = toTerminal): Pool {
  // The host may use JavaScript or another driver, so check the type.
  const given = pool as Partial<PostgresPool> | null | undefined
  if (typeof given?.on !== 'function' || typeof given.totalCount !== 'number')
    throw new DjiCloudError('OPTIONS', {
      message: 'safePool needs a pool of pg: safePool(new pg.Pool(...)).',
    })
  if (given.totalCount > 0) {
    throw new DjiCloudError('OPTIONS', {
      message:
        'safePool was called too late: the pool already has connections. Call it before the first query.',
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
      // A listener that throws would end the process. safePool exists to prevent that.
    }
  }
  pool.on('error', listener)
  pool.on('connect', (client) => client.on('error', listener))
  return pool
}
