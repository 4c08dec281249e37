import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { DjiCloudError } from '../../core/errors.ts'
import type { IncomingBody } from '../../core/http/types.ts'
import { loadDependency } from '../../core/packages.ts'

/** What the host's body parsers left on the request; undefined if there were none. */
export interface ParsedBody {
  /** `req.body`, `ctx.request.body` */
  readonly body: unknown
  /** The bytes of the body. Hosts of functions leave them on the request, together with an empty stream. */
  readonly rawBody?: unknown
}

/**
 * Reads the body once, up to the limit. If the host's parser has read it already, takes what the parser made of it.
 * Whether there is a body is seen from what arrives: HTTP/2 announces no length, and a parser leaves an empty buffer,
 * text or object if there was none.
 * @throws DjiCloudError BODY_TOO_LARGE, BODY_UNREADABLE, UNSUPPORTED_MEDIA_TYPE
 */
export async function readBody(
  request: IncomingMessage,
  parsed: ParsedBody,
  limit: number,
): Promise<IncomingBody> {
  const contentType = request.headers['content-type']
  const left: IncomingBody | null =
    parsed.body === undefined
      ? rawOf(parsed.rawBody, contentType)
      : { kind: 'parsed', value: parsed.body, contentType }
  if (announcesNone(request)) return left ?? { kind: 'none' }
  // Express 4 sets req.body to `{}` if its parser skipped this request. The stream is then still unread.
  if (request.readable && !request.readableDidRead) {
    const bytes = await read(request, limit)
    return bytes.length === 0 ? (left ?? { kind: 'none' }) : { kind: 'raw', bytes, contentType }
  }
  if (left !== null) return left
  throw new DjiCloudError('BODY_UNREADABLE', {
    message:
      'A middleware before dji-cloud read the body and left nothing. Put dji-cloud before it, or let it set req.body.',
  })
}

function rawOf(left: unknown, contentType: string | undefined): IncomingBody | null {
  if (typeof left === 'string') return { kind: 'raw', bytes: Buffer.from(left), contentType }
  return left instanceof Uint8Array ? { kind: 'raw', bytes: left, contentType } : null
}

/** HTTP/1 has no body without one of two headers (RFC 9112, section 6.3), so there is no need to wait for one. */
export function announcesNone({ headers, httpVersionMajor }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return false
  const length = headers['content-length']
  return length === undefined ? !(httpVersionMajor >= 2) : Number(length) === 0
}

type RawBody = typeof import('raw-body')
let library: RawBody | null = null

/** Loaded with the first body. So a cold start does not load this package and its tables of character sets. */
async function load(): Promise<RawBody> {
  library = (await loadDependency(() => import('raw-body'), 'raw-body')).default
  return library
}

async function read(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const unpack = unpackerOf(request.headers['content-encoding'], UNPACK)
  const rawBody = library ?? (await load())
  try {
    const bytes = await rawBody(request, { limit, length: request.headers['content-length'] ?? null })
    return bytes.length === 0 || unpack === null ? bytes : await unpack(bytes, { maxOutputLength: limit })
  } catch (error) {
    const { type, code } = error as { readonly type?: unknown; readonly code?: unknown }
    // Node discards the rest after the answer is sent. If we closed now, the reset would destroy the answer.
    if (type === 'entity.too.large' || code === 'ERR_BUFFER_TOO_LARGE')
      throw new DjiCloudError('BODY_TOO_LARGE', { data: { limit } })
    throw new DjiCloudError('BODY_UNREADABLE', { cause: error })
  }
}

type Unpack = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>

/** Works like the parsers of Express and Koa: a client must not notice which parser reads its body. */
const UNPACK: Readonly<Record<string, Unpack>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
}

/** Null: as it is. @param known by the name of the encoding */
export function unpackerOf<Way>(
  encoding: string | undefined,
  known: Readonly<Record<string, Way>>,
): Way | null {
  const name = (encoding ?? 'identity').trim().toLowerCase()
  if (name === '' || name === 'identity') return null
  const way = Object.hasOwn(known, name) ? known[name] : undefined
  if (way !== undefined) return way
  throw new DjiCloudError('UNSUPPORTED_MEDIA_TYPE', {
    message: `The body has a content encoding that is not known here: ${name}.`,
    data: { content_encoding: name },
  })
}
