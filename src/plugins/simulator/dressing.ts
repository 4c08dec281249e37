import type { HttpAnswer } from '../../plugin.ts'
import { withStandIn } from '../../testing/index.ts'

/** The answer of `/pilot/bootstrap`; a licence stands in where there is none, so that the simulator works on the first day. */
export function licensed(answer: HttpAnswer): HttpAnswer {
  if (typeof answer.body !== 'string' || !/^application\/json/.test(answer.headers['content-type'] ?? ''))
    return answer
  const envelope = JSON.parse(answer.body) as { readonly data?: unknown }
  const data = withStandIn(envelope.data)
  return data === null ? answer : { ...answer, body: JSON.stringify({ ...envelope, data }) }
}

/** Lets a page into a frame of its own origin, and nobody else's. */
export const framed = (headers: HttpAnswer['headers']): HttpAnswer['headers'] => ({
  ...headers,
  'x-frame-options': 'SAMEORIGIN',
  ...(headers['content-security-policy'] === undefined
    ? {}
    : {
        'content-security-policy': headers['content-security-policy'].replace(
          /frame-ancestors [^;]*/,
          "frame-ancestors 'self'",
        ),
      }),
})
