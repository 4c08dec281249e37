import type { HttpResponse } from '../../plugin.ts'
import { withFakeLicense } from '../../testing/index.ts'

/** Changes the answer of `/pilot/bootstrap`: adds a fake licence if there is none, so that the simulator works without a real one. */
export function licensed(answer: HttpResponse): HttpResponse {
  if (typeof answer.body !== 'string' || !/^application\/json/.test(answer.headers['content-type'] ?? ''))
    return answer
  const envelope = JSON.parse(answer.body) as { readonly data?: unknown }
  const data = withFakeLicense(envelope.data)
  return data === null ? answer : { ...answer, body: JSON.stringify({ ...envelope, data }) }
}

/** Allows a page inside a frame of its own origin only. */
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
