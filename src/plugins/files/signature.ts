import { createHash, createHmac } from 'node:crypto'

/** The parts of a request that Signature V4 covers. */
export interface SignedRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly rawUrl: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** What a signature says about itself. */
export interface Scope {
  /** `20261127T160000Z` */
  readonly amzDate: string
  /** `20261127/us-east-1/s3/aws4_request` */
  readonly scope: string
}

export const EMPTY_SHA256 = createHash('sha256').digest('hex')

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

const hmac = (key: string | Uint8Array, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()

/** The way in which S3 writes a path or a query: percent signs for everything but letters, digits and `-._~`. */
export const encodeS3 = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

/** @returns null if the percent signs are broken */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** The pairs of a raw query, decoded. In S3 a plus sign is a plus sign. @returns null if it cannot be read */
export function queryPairs(rawQuery: string): readonly (readonly [string, string])[] | null {
  const pairs: (readonly [string, string])[] = []
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue
    const sign = `${pair}=`.indexOf('=')
    const name = decoded(pair.slice(0, sign))
    const value = decoded(pair.slice(sign + 1))
    if (name === null || value === null) return null
    pairs.push([name, value])
  }
  return pairs
}

/** Path and query of an address. */
export function splitUrl(rawUrl: string): readonly [path: string, query: string] {
  const bare = rawUrl.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '')
  const mark = bare.indexOf('?')
  return mark === -1 ? [bare, ''] : [bare.slice(0, mark), bare.slice(mark + 1)]
}

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The text of a request that is signed. Null: the request cannot be read.
 * @param host replaces the header `host`, which a proxy may have changed
 */
export function canonicalRequest(
  { method, rawUrl, headers }: SignedRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
  host: string,
): string | null {
  const [path, query] = splitUrl(rawUrl)
  const segments = path.split('/').map(decoded)
  const pairs = queryPairs(query)
  if (pairs === null || segments.includes(null)) return null
  const canonicalQuery = pairs
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encodeS3(name), encodeS3(value)] as const)
    .sort(([a, first], [b, second]) => byBytes(a, b) || byBytes(first, second))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const lines = signedHeaders.map((name) => `${name}:${name === 'host' ? host : headerText(headers[name])}\n`)
  return [
    method,
    segments.map((segment) => encodeS3(segment ?? '')).join('/'),
    canonicalQuery,
    lines.join(''),
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
}

function headerText(value: string | readonly string[] | undefined): string {
  const all = typeof value === 'string' || value === undefined ? [value ?? ''] : value
  return all.map((one) => one.trim().replace(/ +/g, ' ')).join(',')
}

export const stringToSign = (canonical: string, { amzDate, scope }: Scope): string =>
  `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256(canonical)}`

/** The key of one day, region and service. */
export function signingKey(secret: string, scope: string): Buffer {
  return scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`) as Buffer
}

export const sign = (key: Uint8Array, text: string): string => hmac(key, text).toString('hex')

/** `20261127T160000Z` for a time in ms. */
export const amzDateOf = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '')

/** @returns NaN if it is not such a text */
export function timeOf(amzDate: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(amzDate)
  if (parts === null) return Number.NaN
  const [, year, month, day, hour, minute, second] = parts
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
