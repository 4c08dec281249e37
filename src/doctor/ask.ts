import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { readEnvelope } from '../core/pages/read-envelope.ts'
import type { DoctorContext } from './context.ts'

export interface Answer {
  /** 0 if the server was not reached. */
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Code of the envelope; -1 if the answer has none. */
  readonly code: number
  /** True: the body has a `code`, as every answer of the API does. */
  readonly isEnvelope: boolean
  readonly data: Record<string, unknown>
  readonly error: string | null
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: unknown
}

type Asking = Pick<DoctorContext, 'timeout' | 'token'>

const MAX_REDIRECTS = 3

/**
 * Sends one request as the page does, and accepts any certificate: another check looks at the certificate, and a bad
 * one must not hide other faults. Never rejects.
 */
export async function ask(context: Asking, url: string, more: Ask = {}, redirects = 0): Promise<Answer> {
  const answer = await once(context, url, more).catch((error: unknown) => unreached(error))
  const { location } = answer.headers
  const moved = answer.status >= 301 && answer.status <= 308 && location !== undefined
  if (!moved || redirects >= MAX_REDIRECTS) return answer
  const next = new URL(location, url)
  // Do not follow redirects to another address: password and token are only for the given address.
  if (next.origin !== new URL(url).origin && (more.body !== undefined || context.token !== null))
    return answer
  return ask(context, next.href, more, redirects + 1)
}

function once({ timeout, token }: Asking, url: string, { method = 'GET', body }: Ask): Promise<Answer> {
  const headers: Record<string, string> = { 'user-agent': 'dji-open-platform (dji-cloud doctor)' }
  if (token !== null) headers['x-auth-token'] = token
  const text = body === undefined ? '' : JSON.stringify(body)
  if (body !== undefined) headers['content-type'] = 'application/json'
  const send = url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const outgoing = send(
      url,
      { method, headers, rejectUnauthorized: false, signal: AbortSignal.timeout(timeout) },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            ...envelopeOf(text),
            error: null,
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(text)
  })
}

function unreached(error: unknown): Answer {
  const { name, code, message } = error as NodeJS.ErrnoException
  return {
    status: 0,
    headers: {},
    text: '',
    code: -1,
    isEnvelope: false,
    data: {},
    error: name === 'AbortError' || name === 'TimeoutError' ? 'no answer in time' : (code ?? message),
  }
}

function envelopeOf(text: string): Pick<Answer, 'code' | 'isEnvelope' | 'data'> {
  const { code, data } = readEnvelope(text) ?? { code: null, data: null }
  return {
    code: code ?? -1,
    isEnvelope: code !== null,
    data: typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {},
  }
}
