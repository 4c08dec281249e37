import type { DoctorContext } from './context.ts'

export interface Answer {
  /** 0: not reached. */
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly code: number
  readonly data: Record<string, unknown>
  readonly error: string | null
}

/** One request as the page makes it. Never rejects. */
export async function ask(
  context: Pick<DoctorContext, 'timeout' | 'token'>,
  url: string,
  more: { readonly method?: string; readonly body?: unknown } = {},
): Promise<Answer> {
  const headers: Record<string, string> = { 'user-agent': 'dji-open-platform (dji-cloud doctor)' }
  if (context.token !== null) headers['x-auth-token'] = context.token
  if (more.body !== undefined) headers['content-type'] = 'application/json'
  try {
    const response = await fetch(url, {
      method: more.method ?? 'GET',
      headers,
      body: more.body === undefined ? null : JSON.stringify(more.body),
      redirect: 'follow',
      signal: AbortSignal.timeout(context.timeout),
    })
    const text = await response.text()
    const { code, data } = envelopeOf(text)
    return { status: response.status, headers: response.headers, text, code, data, error: null }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return {
      status: 0,
      headers: new Headers(),
      text: '',
      code: -1,
      data: {},
      error: cause instanceof Error ? cause.message : String(cause),
    }
  }
}

function envelopeOf(text: string): { readonly code: number; readonly data: Record<string, unknown> } {
  try {
    const { code, data } = JSON.parse(text) as { code?: unknown; data?: unknown }
    return {
      code: typeof code === 'number' ? code : -1,
      data: typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {},
    }
  } catch {
    return { code: -1, data: {} }
  }
}
