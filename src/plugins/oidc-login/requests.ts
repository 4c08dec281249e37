import type * as Client from 'openid-client'
import { LoginFailure } from './failures.ts'

/** How requests to the provider are sent. */
export interface Requests {
  readonly send: Client.CustomFetch
  /**
   * The new refresh token that came in exchange for this one, also if the rest of the answer is not valid. Returned once.
   * @returns null: there was no answer, or it had no refresh token
   */
  takeSuccessor(refreshToken: string): string | null
}

/** @param timeoutMs after this time a login fails if the provider does not answer */
export function createRequests(timeoutMs: number): Requests {
  const successors = new Map<string, string>()
  return {
    async send(url, options) {
      const signal = AbortSignal.timeout(timeoutMs)
      const response = await readAll(await fetch(url, { ...options, signal } as RequestInit))
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

const MOST_BYTES = 1024 * 1024

/** @throws LoginFailure if it is longer than every sound answer */
async function readAll(response: Response): Promise<Response> {
  const { body, status, statusText, headers } = response
  if (body === null) return response
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > MOST_BYTES) throw new LoginFailure('broken', 'an answer of the provider is longer than 1 MiB')
    chunks.push(chunk)
  }
  return new Response(Buffer.concat(chunks), { status, statusText, headers })
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
