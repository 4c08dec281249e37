import { within } from '../deadline.ts'
import type { RedisClient } from './client.ts'
import { openRedis } from './open.ts'
import type { Script } from './script.ts'

interface Shared {
  /** Prefix of every key. @default 'dji-cloud:' */
  readonly prefix?: string | undefined
  /** How long a command may take before it rejects, in ms. @default 1000 */
  readonly timeoutMs?: number | undefined
}

/** Your own client, which you close; or an address, for which `ioredis` has to be installed. */
export type RedisSource = Shared &
  (
    | {
        /** Your ioredis client. You close it. */
        readonly client: RedisClient
        readonly url?: never | undefined
      }
    | {
        /** `redis://user:password@host:6379/0`, or `rediss://` for TLS */
        readonly url: string
        readonly client?: never | undefined
      }
  )

export interface RedisConnection {
  call(command: string, ...args: (string | number)[]): Promise<unknown>
  run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>
  close(): Promise<void>
}

/**
 * Commands that answer or reject within the timeout. A command is sent only when the connection is ready, and never waits in
 * a queue: a token rotation must not happen when Redis is back if its caller has already given up.
 */
export function connectRedis(source: RedisSource): RedisConnection {
  const timeout = source.timeoutMs ?? 1000
  const own = source.url === undefined ? null : openRedis(source.url, timeout)
  const client = async (): Promise<RedisClient> =>
    own === null ? (source.client as RedisClient) : own.client()

  let waiting: Promise<void> | undefined

  /** Resolves when the client can send. */
  async function standing(connected: RedisClient): Promise<void> {
    if (connected.status === 'ready') return
    if (connected.status === 'end') throw new Error('The Redis client is closed.')
    // With `lazyConnect` the client connects only when it is told to. The wait below reports a failure.
    if (connected.status === 'wait') connected.connect().catch(() => undefined)
    // All waiting callers share one listener.
    waiting ??= new Promise((resolve) => {
      connected.once('ready', () => {
        waiting = undefined
        resolve()
      })
    })
    await within(waiting, timeout, 'Redis')
  }

  async function call(command: string, ...args: (string | number)[]): Promise<unknown> {
    const start = performance.now()
    const connected = await client()
    await standing(connected)
    return within(connected.call(command, ...args), timeout - (performance.now() - start), 'Redis')
  }

  return {
    call,
    async run(script, keys, args) {
      try {
        return await call('EVALSHA', script.sha, keys.length, ...keys, ...args)
      } catch (error) {
        // A restart or SCRIPT FLUSH emptied Redis' script cache. EVAL fills it again.
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
        return call('EVAL', script.source, keys.length, ...keys, ...args)
      }
    },
    async close() {
      await own?.close()
    },
  }
}
