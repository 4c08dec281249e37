import { checkRedisSource } from '../../core/options/source.ts'
import { loadPeer } from '../../core/packages.ts'
import type { Bus } from '../../core/ports/index.ts'
import { within } from '../deadline.ts'

/** The part of an ioredis client that is used (`Redis`; for a cluster give one of its nodes). */
export interface RedisBusClient {
  publish(channel: string, text: string): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  on(event: 'message', listener: (channel: string, text: string) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  duplicate(override?: object): RedisBusClient
  disconnect(): void
}

/** A Redis for `redisBus`: your own client, or an address. */
export type RedisBusSource = {
  /** The prefix of the channel's name. Apps that share a Redis need different prefixes. @default 'dji-cloud:' */
  readonly prefix?: string | undefined
  /** How long publishing may take before it rejects, in ms. @default 1000 */
  readonly timeoutMs?: number | undefined
} & (
  | {
      /** Your own ioredis client. You close it. */
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
 * A bus with Redis pub/sub. Nothing is stored, and messages that are sent while Redis is down are lost. The nodes ask
 * each other again when Redis is back. You close your own client. For listening, the bus makes a second connection with
 * the client's `duplicate`, and closes that itself.
 */
export function redisBus(source: RedisBusSource): Bus {
  checkRedisSource('redisBus', source)
  const { prefix = 'dji-cloud:', timeoutMs = 1000 } = source
  const channel = `${prefix}bus`
  let speaking: Promise<RedisBusClient> | undefined
  let listening: RedisBusClient | undefined
  let closed = false

  async function client(): Promise<RedisBusClient> {
    if (closed) throw new Error('The bus is closed.')
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
      // A subscriber waits for Redis without a time limit, and subscribes again by itself.
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
