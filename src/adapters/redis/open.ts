import { loadPeer } from '../../core/packages.ts'
import type { RedisClient } from './client.ts'

export interface OwnRedis {
  client(): Promise<RedisClient>
  close(): Promise<void>
}

/** Our own client. It loads ioredis at the first command, so that apps without Redis need not install it. */
export function openRedis(url: string, timeout: number): OwnRedis {
  let opening: Promise<{ client: RedisClient; disconnect: () => void }> | undefined
  let closed = false

  async function open() {
    const { Redis } = await loadPeer<typeof import('ioredis')>('ioredis', 'a Redis store with `url`')
    const client = new Redis(url, {
      connectTimeout: timeout,
      commandTimeout: timeout,
      // Fail now and do not send the command again later: the caller has answered 503 by then.
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      retryStrategy: (attempt) => Math.min(attempt * 50, 1000),
      // After a failover the old primary answers READONLY: look for the new one.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    })
    // Every command rejects anyway. Without a listener ioredis would print each attempt to connect.
    client.on('error', () => undefined)
    return { client, disconnect: () => client.disconnect() }
  }

  return {
    async client() {
      if (closed) throw new Error('The Redis store is closed.')
      opening ??= open()
      try {
        return (await opening).client
      } catch (error) {
        opening = undefined
        throw error
      }
    },
    async close() {
      closed = true
      const opened = await opening?.catch(() => undefined)
      opened?.disconnect()
    },
  }
}
