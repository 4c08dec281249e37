import { Refusal } from './refusal.ts'
import { queryPairs, type SignedRequest, splitUrl } from './signature.ts'

/** What a signed request says about its signature. */
export interface Authorization {
  readonly kind: 'header' | 'presigned'
  readonly accessKeyId: string
  /** `20261127/us-east-1/s3/aws4_request` */
  readonly scope: string
  readonly region: string
  readonly amzDate: string
  /** In lower case, in the order of the signature. */
  readonly signedHeaders: readonly string[]
  readonly signature: string
  readonly sessionToken: string | undefined
  /** A hash in hex, or one of the words of S3. */
  readonly payloadHash: string
  /** How long a presigned address is valid; null for a signature in a header. */
  readonly expiresSeconds: number | null
}

const PAYLOADS = new Set([
  'UNSIGNED-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
])

const MOST_SECONDS = 7 * 24 * 60 * 60

/** Reads the signature of a request, in its header or its query. @throws Refusal */
export function authorizationOf(request: SignedRequest): Authorization {
  const pairs = queryPairs(splitUrl(request.rawUrl)[1])
  if (pairs === null) throw new Refusal('InvalidArgument')
  const ofQuery = pairs.filter(([name]) => name.startsWith('X-Amz-') && name !== 'X-Amz-Content-Sha256')
  const { authorization } = request.headers
  const isPresigned = ofQuery.some(([name]) => name === 'X-Amz-Signature')
  // Two signatures, or one parameter twice, could be read in two ways.
  if (new Set(ofQuery.map(([name]) => name)).size !== ofQuery.length) throw new Refusal('InvalidArgument')
  if (isPresigned && authorization !== undefined) throw new Refusal('InvalidArgument')
  const found = isPresigned ? presigned(new Map(ofQuery)) : inHeader(request, String(authorization ?? ''))
  checkSignedHeaders(found.signedHeaders, request.headers)
  return found
}

function inHeader({ headers }: SignedRequest, header: string): Authorization {
  if (header === '')
    throw new Refusal('AccessDenied', 'The request is not signed. Sign it with Signature V4.')
  const fields = /^AWS4-HMAC-SHA256\s+(.+)$/.exec(header)?.[1]?.split(',') ?? []
  const of = new Map(
    fields.map((field) => {
      const sign = `${field}=`.indexOf('=')
      return [field.slice(0, sign).trim(), field.slice(sign + 1).trim()] as const
    }),
  )
  if (fields.length !== 3 || of.size !== 3) throw new Refusal('AuthorizationHeaderMalformed')
  const payloadHash = textOf(headers['x-amz-content-sha256'])
  if (payloadHash === undefined || !(PAYLOADS.has(payloadHash) || /^[0-9a-f]{64}$/.test(payloadHash)))
    throw new Refusal(
      'InvalidArgument',
      'The header x-amz-content-sha256 is missing, or has a value that is not supported.',
    )
  return {
    kind: 'header',
    ...credentialOf(of.get('Credential')),
    ...signatureOf(of.get('SignedHeaders'), of.get('Signature')),
    amzDate: textOf(headers['x-amz-date']) ?? amzDateOfHttp(textOf(headers.date)),
    sessionToken: textOf(headers['x-amz-security-token']),
    payloadHash,
    expiresSeconds: null,
  }
}

function presigned(of: ReadonlyMap<string, string>): Authorization {
  const expires = of.get('X-Amz-Expires') ?? ''
  const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0
  if (of.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256' || seconds < 1 || seconds > MOST_SECONDS)
    throw new Refusal('AuthorizationHeaderMalformed')
  return {
    kind: 'presigned',
    ...credentialOf(of.get('X-Amz-Credential')),
    ...signatureOf(of.get('X-Amz-SignedHeaders'), of.get('X-Amz-Signature')),
    amzDate: of.get('X-Amz-Date') ?? '',
    sessionToken: of.get('X-Amz-Security-Token'),
    payloadHash: 'UNSIGNED-PAYLOAD',
    expiresSeconds: seconds,
  }
}

function credentialOf(credential = ''): Pick<Authorization, 'accessKeyId' | 'scope' | 'region'> {
  const parts = /^([A-Za-z0-9]{16,128})\/((\d{8})\/([a-z0-9-]{1,64})\/s3\/aws4_request)$/.exec(credential)
  if (parts === null) throw new Refusal('AuthorizationHeaderMalformed')
  return { accessKeyId: parts[1] ?? '', scope: parts[2] ?? '', region: parts[4] ?? '' }
}

function signatureOf(headers = '', signature = ''): Pick<Authorization, 'signedHeaders' | 'signature'> {
  const signedHeaders = headers.split(';')
  if (
    !/^[0-9a-f]{64}$/.test(signature) ||
    !signedHeaders.every((name) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name))
  )
    throw new Refusal('AuthorizationHeaderMalformed')
  return { signedHeaders, signature }
}

/** A header of S3 that is not signed could be added by somebody between client and server. */
function checkSignedHeaders(signed: readonly string[], headers: SignedRequest['headers']): void {
  const unsigned = Object.keys(headers).find((name) => name.startsWith('x-amz-') && !signed.includes(name))
  if (unsigned !== undefined)
    throw new Refusal(
      'AccessDenied',
      `The header ${unsigned} is not signed. Sign all headers that begin with x-amz-.`,
    )
  if (!signed.includes('host')) throw new Refusal('AccessDenied', 'The header host is not signed. Sign it.')
}

const textOf = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

const amzDateOfHttp = (date = ''): string =>
  Number.isNaN(Date.parse(date)) ? '' : new Date(date).toISOString().replace(/[-:]|\.\d{3}/g, '')
