/**
 * What a page may load in addition to the usual, or instead of it, by the name of the directive: `{ 'frame-src':
 * "'self'" }`.
 */
export type PagePolicy = Readonly<Record<`${string}-${'src' | 'action'}`, string>>

/**
 * Only scripts and styles with the nonce run, and everything else has to come from the page's own origin. No site may
 * show it in a frame. Pilot needs no frame, because it shows the page in its own WebView. `no-store`, because that
 * WebView keeps old pages after a deploy (facts A3).
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

/**
 * The address of an asset contains its hash, so its content never changes: a new version has a new address (facts A3, F
 * 12).
 */
export const assetHeaders = (type: string): Readonly<Record<string, string>> => ({
  'content-type': type,
  'cache-control': 'public, max-age=31536000, immutable',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
})
