import type { HttpAnswer } from '../core/http/types.ts'

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
