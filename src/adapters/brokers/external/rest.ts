import { DjiCloudError } from '../../../core/errors.ts'

export interface RestOptions {
  /** Of the management interface, without a path: `http://broker.internal:15672`. */
  readonly url: string
  readonly username: string
  readonly password: string
  /** Milliseconds. @default 5000 */
  readonly timeoutMs?: number | undefined
}

export interface Rest {
  /** Rejects with BROKER_UNAVAILABLE; 404 is no failure: what should be gone is gone. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>
}

/** A broker's management interface. Errors name the path, never the account. */
export function createRest({ url, username, password, timeoutMs = 5_000 }: RestOptions): Rest {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  return {
    async call(method, path, body) {
      try {
        const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
          method,
          headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(timeoutMs),
          redirect: 'error',
        })
        const text = await response.text()
        if (!response.ok && response.status !== 404) throw new Error(`status ${response.status}`)
        return text === '' || response.status === 404 ? null : (JSON.parse(text) as unknown)
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : 'failed'
        throw new DjiCloudError('BROKER_UNAVAILABLE', {
          cause: new Error(`${method} ${path.split('?')[0]}: ${reason}`),
        })
      }
    },
  }
}
