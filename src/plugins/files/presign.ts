import type { Place } from './places.ts'
import { amzDateOf, canonicalRequest, encodeS3, sign, signingKey, stringToSign } from './signature.ts'
import type { TemporaryKeys } from './temporary-keys.ts'

/** An address that is signed for reading one file. */
export function presignedUrl(
  { endpoint, bucket, lead }: Place,
  key: string,
  {
    keys,
    region,
    now,
    seconds,
    filename,
  }: {
    readonly keys: TemporaryKeys
    readonly region: string
    readonly now: number
    readonly seconds: number
    readonly filename: string | undefined
  },
): string {
  const amzDate = amzDateOf(now)
  const scope = `${amzDate.slice(0, 8)}/${region}/s3/aws4_request`
  const query = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${keys.accessKeyId}/${scope}`],
    ['X-Amz-Date', amzDate],
    ['X-Amz-Expires', String(seconds)],
    ['X-Amz-Security-Token', keys.sessionToken],
    ['X-Amz-SignedHeaders', 'host'],
    ...(filename === undefined ? [] : [['response-content-disposition', dispositionOf(filename)]]),
  ]
    .map(([name = '', value = '']) => `${encodeS3(name)}=${encodeS3(value)}`)
    .join('&')
  const path = `/${[bucket, ...`${lead}${key}`.split('/')].map(encodeS3).join('/')}`
  const rawUrl = `${path}?${query}`
  const canonical = canonicalRequest(
    { method: 'GET', rawUrl, headers: {} },
    ['host'],
    'UNSIGNED-PAYLOAD',
    new URL(endpoint).host,
  )
  const signature = sign(
    signingKey(keys.secretAccessKey, scope),
    stringToSign(canonical ?? '', { amzDate, scope }),
  )
  return `${endpoint}${rawUrl}&X-Amz-Signature=${signature}`
}

/** A header that saves a file under this name in all browsers (RFC 6266). */
const dispositionOf = (filename: string): string =>
  `attachment; filename="${filename.replace(/[^\x20-\x7e]|["\\%]/g, '_')}"; filename*=UTF-8''${encodeS3(filename)}`
