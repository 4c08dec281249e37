import type { BodyStream, HttpRequest } from '../../plugin.ts'
import { unchunk } from './chunks.ts'
import type { Expected } from './digests.ts'
import { Refusal } from './refusal.ts'
import type { Verified } from './verify.ts'

/** The content of an upload, and what it has to be. */
export interface Content {
  readonly content: AsyncIterable<Uint8Array>
  readonly expected: Expected
  /** What is known only when the content has ended. */
  readonly late: () => Expected
}

const hexOf = (base64: string | undefined, bytes: number): string | undefined => {
  if (base64 === undefined) return undefined
  const decoded = Buffer.from(base64, 'base64')
  if (decoded.length !== bytes)
    throw new Refusal('InvalidArgument', 'A checksum of the request has the wrong length.')
  return decoded.toString('hex')
}

const checksums = (of: (name: string) => string | undefined): Expected => ({
  crc32: hexOf(of('x-amz-checksum-crc32'), 4),
  sha1: hexOf(of('x-amz-checksum-sha1'), 20),
  sha256: hexOf(of('x-amz-checksum-sha256'), 32),
})

const given = (expected: Expected): Expected =>
  Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined))

/** Reads the body in the form that its signature names, and collects all checksums. @throws Refusal */
export function contentOf(
  request: Pick<HttpRequest, 'headers'>,
  { stream, contentLength }: BodyStream,
  { authorization, key }: Verified,
  idleMs: number,
): Content {
  const text = (name: string): string | undefined => {
    const value = request.headers[name]
    return value === undefined ? undefined : String(value)
  }
  const { payloadHash, amzDate, scope, signature } = authorization
  const arriving = withoutPauses(stream, idleMs)
  const base = { ...checksums(text), md5: hexOf(text('content-md5'), 16) }
  if (!payloadHash.startsWith('STREAMING-')) {
    if (contentLength === null) throw new Refusal('MissingContentLength')
    const signed = payloadHash === 'UNSIGNED-PAYLOAD' ? base.sha256 : payloadHash
    if (base.sha256 !== undefined && base.sha256 !== signed) throw new Refusal('BadDigest')
    return {
      content: arriving,
      expected: given({ ...base, size: contentLength, sha256: signed }),
      late: () => ({}),
    }
  }
  const size = text('x-amz-decoded-content-length')
  if (size === undefined || !/^\d{1,15}$/.test(size)) throw new Refusal('MissingContentLength')
  const isSigned = payloadHash.startsWith('STREAMING-AWS4')
  const hasTrailer = payloadHash.endsWith('-TRAILER')
  let late: Expected = {}
  // Their hashes have to run from the first byte on.
  const announced = hasTrailer ? (text('x-amz-trailer') ?? '').toLowerCase() : ''
  const wanted = (name: 'crc32' | 'sha1' | 'sha256'): { readonly [key: string]: string } =>
    announced.includes(`x-amz-checksum-${name}`) ? { [name]: '' } : {}
  const content = unchunk(
    arriving,
    isSigned ? { key, seed: signature, amzDate, scope } : null,
    hasTrailer,
    (trailers) => {
      late = given(checksums((name) => trailers.get(name)))
    },
  )
  const expected = {
    ...wanted('crc32'),
    ...wanted('sha1'),
    ...wanted('sha256'),
    ...given({ ...base, size: Number(size) }),
  }
  return { content, expected, late: () => late }
}

/** Ends the body with an error when nothing arrives for too long. */
async function* withoutPauses(stream: BodyStream['stream'], idleMs: number): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(() => stream.destroy(new Refusal('RequestTimeout')), idleMs)
  timer.unref()
  try {
    for await (const piece of stream) {
      yield piece as Uint8Array
      timer.refresh()
    }
  } finally {
    clearTimeout(timer)
  }
}
