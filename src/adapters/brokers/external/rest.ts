import { DjiCloudError } from '../../../core/errors.ts'

/** Address of a broker's management interface, and an account that may use it. */
export interface RestOptions {
  /** Without a path: `http://broker.internal:15672`. */
  readonly url: string
  /** The account's name. */
  readonly username: string
  /** The account's password. Never logged. */
  readonly password: string
  /** How long one call may take. Milliseconds. @default 5000 */
  readonly timeoutMs?: number | undefined
}

/** User name and password are sent as basic authentication. `headers` are for other ways, such as a bearer token. */
export interface RestTarget extends Partial<RestOptions> {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** A client of a broker's management interface. */
export interface Rest {
  /** Resolves to the parsed JSON, or to null for 404 and an empty answer. Rejects with BROKER_UNAVAILABLE. */
  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<unknown>
}

/** Errors name the path, never the account. */
export function createRest({ url, username, password = '', headers, timeoutMs = 5_000 }: RestTarget): Rest {
  const basic = (): string => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const authorization = username === undefined ? {} : { authorization: basic() }
  return {
    async call(method, path, body) {
      try {
        const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
          method,
          headers: {
            ...authorization,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
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
