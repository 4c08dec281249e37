import type { HttpResponse } from './types.ts'

const NONCE = /script-src[^;]*'nonce-([^']+)'/

/** Escapes text for a script element: the text must not end the element or open a comment. */
const inScript = (source: string): string =>
  source.replace(/<(?=\/script|!--|script)/gi, '\\x3c').replace(/[\u2028\u2029]/g, '')

/** Whether an answer is an HTML page with a text body. `withScript` can add a script only to such a page. */
export const isPage = ({ headers, body }: HttpResponse): boolean =>
  typeof body === 'string' && /^text\/html/.test(headers['content-type'] ?? '')

/** Adds a script before all other scripts of a page, with the page's own nonce. */
export function withScript(answer: HttpResponse, source: string): HttpResponse {
  const { headers, body } = answer
  if (typeof body !== 'string' || !isPage(answer)) return answer
  const nonce = NONCE.exec(headers['content-security-policy'] ?? '')?.[1]
  const tag = `<script${nonce === undefined ? '' : ` nonce="${nonce}"`}>${inScript(source)}</script>`
  const head = /<head\b[^>]*>/i.exec(body)
  const place = head === null ? 0 : head.index + head[0].length
  return { ...answer, body: `${body.slice(0, place)}${tag}${body.slice(place)}` }
}
