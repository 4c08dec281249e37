import type * as Client from 'openid-client'

/** How requests to the provider are sent. */
export interface Requests {
  readonly send: Client.CustomFetch
  /**
   * The new refresh token that came in exchange for this one, also if the rest of the answer is not valid. Returned once.
   * @returns null: there was no answer, or it had no refresh token
   */
  takeSuccessor(refreshToken: string): string | null
}

/** @param timeoutMs a provider that hangs must not hang a login */
export function createRequests(timeoutMs: number): Requests {
  const successors = new Map<string, string>()
  return {
    async send(url, options) {
      const signal = AbortSignal.timeout(timeoutMs)
      const response = await fetch(url, { ...options, signal } as RequestInit)
      const used = refreshTokenOf(options.body)
      if (used === null || !response.ok) return response
      const next = await newTokenOf(response)
      if (next !== null) successors.set(used, next)
      return response
    },
    takeSuccessor(refreshToken) {
      const next = successors.get(refreshToken) ?? null
      successors.delete(refreshToken)
      return next
    },
  }
}

function refreshTokenOf(body: unknown): string | null {
  if (!(body instanceof URLSearchParams) || body.get('grant_type') !== 'refresh_token') return null
  return body.get('refresh_token')
}

/** An answer that is not JSON is a failure of openid-client a moment later. */
async function newTokenOf(response: Response): Promise<string | null> {
  try {
    const { refresh_token: next } = (await response.clone().json()) as { readonly refresh_token?: unknown }
    return typeof next === 'string' && next !== '' ? next : null
  } catch {
    return null
  }
}
