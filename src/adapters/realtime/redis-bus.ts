import { checkRedisSource } from '../../core/options/source.ts'
import { loadPeer } from '../../core/packages.ts'
import type { Bus } from '../../core/ports/index.ts'
import { within } from '../deadline.ts'

/** What is used of an ioredis client (`Redis`; for a cluster give one of its nodes). */
export interface RedisBusClient {
  publish(channel: string, text: string): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  on(event: 'message', listener: (channel: string, text: string) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  duplicate(override?: object): RedisBusClient
  disconnect(): void
}

/** A Redis for `redisBus`: a client of yours, or the address of one. */
export type RedisBusSource = {
  /** In front of the channel's name: apps that share a Redis need different ones. @default 'dji-cloud:' */
  readonly prefix?: string | undefined
  /** How long publishing may take before it rejects, in ms. @default 1000 */
  readonly timeoutMs?: number | undefined
} & (
  | {
      /** An ioredis client of yours, which stays yours to close. */
      readonly client: RedisBusClient
      readonly url?: never | undefined
    }
  | {
      /** `redis://user:password@host:6379`, or `rediss://` for TLS; `ioredis` has to be installed */
      readonly url: string
      readonly client?: never | undefined
    }
)

/**
 * Redis pub/sub: nothing is stored, and what is said while Redis is away is lost; nodes ask each other again when it is
 * back. A client of yours stays yours to close, but listening takes a second connection, made by its `duplicate`.
 */
export function redisBus(source: RedisBusSource): Bus {
  checkRedisSource('redisBus', source)
  const { prefix = 'dji-cloud:', timeoutMs = 1000 } = source
  const channel = `${prefix}bus`
  let speaking: Promise<RedisBusClient> | undefined
  let listening: RedisBusClient | undefined
  let closed = false

  async function client(): Promise<RedisBusClient> {
    if (closed) throw new Error('the bus is closed')
    speaking ??= source.url === undefined ? Promise.resolve(source.client) : open(source.url)
    try {
      return await speaking
    } catch (error) {
      speaking = undefined
      throw error
    }
  }

  return {
    async publish(text) {
      await within((await client()).publish(channel, text), timeoutMs, 'Redis')
    },
    async subscribe(listener) {
      // A subscriber waits for Redis for as long as it takes, and subscribes again by itself.
      listening = (await client()).duplicate({ maxRetriesPerRequest: null, enableOfflineQueue: true })
      listening.on('error', () => undefined)
      listening.on('message', (_channel, text) => listener(text))
      await within(listening.subscribe(channel), Math.max(timeoutMs, 5_000), 'Redis')
    },
    async close() {
      closed = true
      listening?.disconnect()
      if (source.url !== undefined) (await speaking?.catch(() => undefined))?.disconnect()
    },
  }
}

async function open(url: string): Promise<RedisBusClient> {
  const { Redis } = await loadPeer<typeof import('ioredis')>('ioredis', 'redisBus with `url`')
  const client = new Redis(url, {
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
  })
  // Each publish rejects by itself; without a listener ioredis would print every attempt to connect.
  client.on('error', () => undefined)
  return client
}
