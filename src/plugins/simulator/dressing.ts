import type { HttpResponse } from '../../plugin.ts'
import { withFakeLicense } from '../../testing/index.ts'

/** The answer of `/pilot/bootstrap`; a licence stands in where there is none, so that the simulator works on the first day. */
export function licensed(answer: HttpResponse): HttpResponse {
  if (typeof answer.body !== 'string' || !/^application\/json/.test(answer.headers['content-type'] ?? ''))
    return answer
  const envelope = JSON.parse(answer.body) as { readonly data?: unknown }
  const data = withFakeLicense(envelope.data)
  return data === null ? answer : { ...answer, body: JSON.stringify({ ...envelope, data }) }
}

/** Lets a page into a frame of its own origin, and nobody else's. */
export const framed = (headers: HttpResponse['headers']): HttpResponse['headers'] => ({
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
