import type { HttpResponse } from './types.ts'

const NONCE = /script-src[^;]*'nonce-([^']+)'/

/** Text between script tags: nothing in it may end the element or open a comment. */
const inScript = (source: string): string =>
  source.replace(/<(?=\/script|!--|script)/gi, '\\x3c').replace(/[\u2028\u2029]/g, '')

/** Whether an answer is an HTML page with a text as its body, into which `withScript` can put a script. */
export const isPage = ({ headers, body }: HttpResponse): boolean =>
  typeof body === 'string' && /^text\/html/.test(headers['content-type'] ?? '')

/** A script before all others of a page, under the page's own nonce. */
export function withScript(answer: HttpResponse, source: string): HttpResponse {
  const { headers, body } = answer
  if (typeof body !== 'string' || !isPage(answer)) return answer
  const nonce = NONCE.exec(headers['content-security-policy'] ?? '')?.[1]
  const tag = `<script${nonce === undefined ? '' : ` nonce="${nonce}"`}>${inScript(source)}</script>`
  const head = /<head\b[^>]*>/i.exec(body)
  const place = head === null ? 0 : head.index + head[0].length
  return { ...answer, body: `${body.slice(0, place)}${tag}${body.slice(place)}` }
}
