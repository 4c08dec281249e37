import { discard, readableOf } from '../http/outgoing.ts'
import type { HttpResponse } from '../http/types.ts'
import { isStreamed } from '../http/wire.ts'

/** Header names that HTTP allows (RFC 9110, section 5). Node throws for others, when it is too late to answer. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * Checks a whole answer of a plugin before it is sent.
 * @param where for the error, such as `The route GET /x of the plugin y`
 * @throws TypeError naming what is wrong; a stream in the answer is destroyed
 */
export function checkedAnswer(value: unknown, where: string): HttpResponse {
  const problem = problemOf(value)
  if (problem === null) return value as HttpResponse
  const answer = value as HttpResponse | null | undefined
  if (typeof answer === 'object' && answer !== null && isStreamed(answer)) discard(readableOf(answer.body))
  throw new TypeError(`${where} returned an answer that cannot be sent: ${problem}.`)
}

function problemOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'it needs { status, headers, body }'
  const { status, headers, body, cookies = [] } = value as Partial<Record<keyof HttpResponse, unknown>>
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599)
    return 'status needs a number from 200 to 599'
  if (typeof headers !== 'object' || headers === null) return 'headers needs an object, {} for none'
  for (const [name, content] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name))
      return `the header name ${JSON.stringify(name)} has a character that HTTP forbids`
    if (typeof content !== 'string') return `the header ${name} needs a text`
    if (!HEADER_VALUE.test(content))
      return `the header ${name} has a character that HTTP forbids; encode file names as filename*=UTF-8''...`
  }
  if (!Array.isArray(cookies) || !cookies.every((one) => typeof one === 'string' && HEADER_VALUE.test(one)))
    return 'cookies needs a list of texts that HTTP allows, one Set-Cookie each; setCookie() makes them'
  return isBody(body) ? null : 'body needs a text, bytes, a stream, or null for none'
}

const isBody = (body: unknown): boolean =>
  body === null ||
  typeof body === 'string' ||
  body instanceof Uint8Array ||
  (typeof body === 'object' && Symbol.asyncIterator in body)
