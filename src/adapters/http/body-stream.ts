import type { IncomingMessage } from 'node:http'
import { finished, Readable, Transform, type TransformCallback } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { DjiCloudError } from '../../core/errors.ts'
import type { BodyOptions, BodyStream } from '../../core/http/types.ts'
import { announcesNone, type ParsedBody, unpackerOf } from './body.ts'

/**
 * The body while it arrives, or the bytes that a parser of the host left.
 * @throws DjiCloudError BODY_TOO_LARGE, BODY_UNREADABLE, UNSUPPORTED_MEDIA_TYPE
 */
export function openBody(
  request: IncomingMessage,
  parsed: ParsedBody,
  limit: number,
  { unpack: wanted = true }: BodyOptions = {},
): BodyStream {
  const contentType = request.headers['content-type']
  const left = bytesLeft(parsed.body) ?? bytesLeft(parsed.rawBody)
  const ofBytes = (bytes: Uint8Array): BodyStream => {
    if (bytes.length > limit) throw tooLarge(limit)
    const stream = Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false })
    return { stream, contentType, contentLength: bytes.length }
  }
  if (announcesNone(request)) return ofBytes(left ?? new Uint8Array())
  if (request.readable && !request.readableDidRead) {
    const unpack = wanted ? unpackerOf(request.headers['content-encoding'], UNPACK) : null
    const announced = request.headers['content-length']
    const length = announced === undefined ? null : Number(announced)
    if (length !== null && length > limit) throw tooLarge(limit)
    const stream = flow(request, limit, unpack?.() ?? null)
    return { stream, contentType, contentLength: unpack === null ? length : null }
  }
  // A parser unpacks the body, so its bytes are no longer those that the client sent.
  if (left !== null && (wanted || isPlain(request.headers['content-encoding']))) return ofBytes(left)
  throw new DjiCloudError('BODY_UNREADABLE', {
    message:
      'A body parser of the host read this body, and its bytes are gone. Put dji-cloud before the parser, or let the parser leave this path out.',
  })
}

const isPlain = (encoding = 'identity'): boolean => /^(?:identity)?$/i.test(encoding.trim())

/** `express.raw()` and `express.text()` keep all bytes. A parser that makes an object does not. */
function bytesLeft(left: unknown): Uint8Array | null {
  if (typeof left === 'string') return Buffer.from(left)
  return left instanceof Uint8Array ? left : null
}

const UNPACK: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/**
 * Pipes the request through the unpacker to the handler. `pipeline()` is not used: on an error it would destroy the
 * request and its connection, and no answer could be sent.
 */
function flow(request: IncomingMessage, limit: number, unpacker: Transform | null): Readable {
  const last = createCap(limit)
  // Limit the packed bytes too: a packed body can be endless and still unpack to nothing.
  const first = unpacker === null ? last : createCap(limit)
  const fail = (cause: Error): void => {
    const known = cause instanceof DjiCloudError
    last.destroy(known ? cause : new DjiCloudError('BODY_UNREADABLE', { cause }))
  }
  if (unpacker !== null) {
    first.on('error', fail)
    first.pipe(unpacker).on('error', fail).pipe(last)
  }
  // If a handler never reads the body, an error of the stream must not end the process.
  last.on('error', () => undefined)
  const forget = finished(request, { writable: false }, (error) => {
    if (error) fail(error)
  })
  last.once('close', () => {
    forget()
    request.unpipe(first)
    first.destroy()
    unpacker?.destroy()
  })
  request.pipe(first)
  return last
}

function createCap(limit: number): Transform {
  let seen = 0
  return new Transform({
    transform(chunk: Uint8Array, _encoding: BufferEncoding, done: TransformCallback) {
      seen += chunk.length
      if (seen > limit) done(tooLarge(limit))
      else done(null, chunk)
    },
  })
}

const tooLarge = (limit: number): DjiCloudError => new DjiCloudError('BODY_TOO_LARGE', { data: { limit } })
