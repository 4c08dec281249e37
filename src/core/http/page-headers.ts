/** What a page may load beside or instead of the usual, by the name of the directive: `{ 'frame-src': "'self'" }`. */
export type PagePolicy = Readonly<Record<`${string}-${'src' | 'action'}`, string>>

/**
 * Nothing runs or loads but what carries the nonce or comes from the page's own origin. No framing: Pilot shows the
 * page in a WebView of its own. `no-store`, for the WebView keeps stale pages after a deploy (facts A3).
 */
export const pageHeaders = (nonce: string, more: PagePolicy = {}): Readonly<Record<string, string>> => ({
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': Object.entries({
    'default-src': "'none'",
    'script-src': `'nonce-${nonce}'`,
    'style-src': `'self' 'nonce-${nonce}'`,
    'img-src': "'self' data:",
    'font-src': "'self'",
    'connect-src': "'self'",
    'form-action': "'self'",
    'base-uri': "'none'",
    'frame-ancestors': "'none'",
    ...more,
  })
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  vary: 'x-auth-token, authorization, accept-language',
})

/** An asset's address holds its hash, so it never changes: a new version has a new address (facts A3, F 12). */
export const assetHeaders = (type: string): Readonly<Record<string, string>> => ({
  'content-type': type,
  'cache-control': 'public, max-age=31536000, immutable',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
})
