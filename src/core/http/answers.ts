import fresh from 'fresh'
import parseRange from 'range-parser'
import { DjiCloudError } from '../errors.ts'
import type { HttpRequest, HttpResponse, StreamedBody } from './types.ts'

/**
 * A range of bytes. Both positions are counted from 0 and belong to the range, as in `Content-Range` and in
 * `fs.createReadStream(path, range)`.
 */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** What a client is told about a file. */
export interface FileInfo {
  /** In bytes. */
  readonly size: number
  /** Such as `video/mp4`. */
  readonly type: string
  /** Changes when the content changes: a hash, or the ETag of the storage. With or without quotes. */
  readonly etag?: string | undefined
  /** Milliseconds since the epoch. */
  readonly modifiedAt?: number | undefined
}

/** A file that `fileResponse` sends: its facts, and how to read a part of it. */
export interface FileSource extends FileInfo {
  /**
   * Returns the bytes of this range. Not called for HEAD, and not called if the client already has the file.
   * @param range the whole file if the client asks for no part; null for an empty file
   */
  readonly open: (range: ByteRange | null) => StreamedBody | Promise<StreamedBody>
  /** Added to the usual headers, or replacing them, such as `content-disposition`. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * Answers with a file: with all of it (200), with the part that `Range` asks for (206), or with 304 if the client
 * already has it. A client that asks for several ranges gets the whole file, as HTTP allows. The client may keep the
 * file, but has to ask each time whether it has changed. A browser may show the file, but runs no script in it.
 * @throws DjiCloudError RANGE_NOT_SATISFIABLE (416), PRECONDITION_FAILED (412), and what `open` throws
 * @example
 * const { size, mtimeMs } = await stat(path)
 * return fileResponse(request, { size, type: 'image/jpeg', modifiedAt: mtimeMs, open: (range) => createReadStream(path, range ?? {}) })
 */
export async function fileResponse(
  request: Pick<HttpRequest, 'method' | 'headers'>,
  source: FileSource,
): Promise<HttpResponse> {
  const plan = planOf(request, source)
  const headers: Record<string, string> = {
    'content-type': source.type,
    'cache-control': 'private, no-cache, no-transform',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'accept-ranges': 'bytes',
    ...validatorsOf(source),
    ...source.headers,
  }
  if (plan.status === 304) return { status: 304, headers, body: null }
  const { range } = plan
  headers['content-length'] = String(range === null ? 0 : range.end - range.start + 1)
  if (plan.status === 206 && range !== null)
    headers['content-range'] = `bytes ${range.start}-${range.end}/${source.size}`
  const body = request.method === 'HEAD' ? null : await source.open(range)
  return { status: plan.status, headers, body }
}

export type FilePlan =
  | { readonly status: 304 }
  | { readonly status: 200 | 206; readonly range: ByteRange | null }

/** Decides what to send. The checks are in the order of RFC 9110, section 13.2.2. */
export function planOf(
  { method, headers: given }: Pick<HttpRequest, 'method' | 'headers'>,
  facts: FileInfo,
): FilePlan {
  const asked = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value === undefined ? undefined : String(value)]),
  )
  const { size } = facts
  const whole: FilePlan = { status: 200, range: size === 0 ? null : { start: 0, end: size - 1 } }
  if (method !== 'GET' && method !== 'HEAD') return whole
  const { etag, 'last-modified': modified } = validatorsOf(facts)
  if (!holds(asked, etag, modified)) throw new DjiCloudError('PRECONDITION_FAILED')
  if (fresh(asked, { etag, 'last-modified': modified })) return { status: 304 }
  const { range } = asked
  // Ranges exist for GET only. HEAD describes the whole file.
  if (range === undefined || method !== 'GET' || !sameFile(asked['if-range'], etag, modified)) return whole
  const ranges = rangesOf(size, range)
  if (ranges === -1)
    throw new DjiCloudError('RANGE_NOT_SATISFIABLE', { headers: { 'content-range': `bytes */${size}` } })
  const [first, ...more] = ranges === -2 || ranges.type !== 'bytes' ? [] : ranges
  return first === undefined || more.length > 0 ? whole : { status: 206, range: { ...first } }
}

/** -1: the range is outside the file; -2: the header is not a range. */
function rangesOf(size: number, header: string): ReturnType<typeof parseRange> {
  const unit = header.trimStart().toLowerCase().startsWith('bytes=') ? header.trim().toLowerCase() : header
  // The library refuses a suffix that is longer than the file. In HTTP it means the whole file (RFC 9110, section
  // 14.1.2).
  const suffix = Number(/^bytes=\s*-(\d+)$/.exec(unit)?.[1] ?? 0)
  return parseRange(size, suffix > size && size > 0 ? 'bytes=0-' : unit, { combine: true })
}

type Asked = Readonly<Record<string, string | undefined>>

/** Checks `If-Match` and `If-Unmodified-Since`. If the first one is there, the second one is ignored. */
function holds(asked: Asked, etag: string | undefined, modified: string | undefined): boolean {
  const match = asked['if-match']
  if (match !== undefined)
    return match.trim() === '*' || match.split(',').some((one) => isStrong(etag) && one.trim() === etag)
  const since = Date.parse(asked['if-unmodified-since'] ?? '')
  return Number.isNaN(since) || modified === undefined || Date.parse(modified) <= since
}

/**
 * Whether the part that the client has is from this version of the file. Only then may it get the rest (RFC 9110,
 * section 13.1.5).
 */
function sameFile(
  condition: string | undefined,
  etag: string | undefined,
  modified: string | undefined,
): boolean {
  if (condition === undefined) return true
  const wanted = condition.trim()
  if (/^(?:W\/)?"/.test(wanted)) return isStrong(etag) && wanted === etag
  return modified !== undefined && wanted === modified
}

const isStrong = (etag: string | undefined): boolean => etag?.startsWith('"') === true

function validatorsOf({ etag, modifiedAt }: FileInfo): { etag?: string; 'last-modified'?: string } {
  return {
    ...(etag === undefined
      ? {}
      : { etag: /^(?:W\/)?"[^"]*"$/.test(etag) ? etag : `"${etag.replaceAll('"', '')}"` }),
    ...(modifiedAt === undefined ? {} : { 'last-modified': new Date(modifiedAt).toUTCString() }),
  }
}

/**
 * Sends the client to another address, with the same method and body. Caches do not keep the answer. Many clients send
 * their headers to the new address too, with `x-auth-token`: redirect only to servers that may see a token.
 * @param location an absolute address, such as a signed one of a storage, or a path of this server
 * @param status 307 keeps the method; 303 makes it a GET. @default 307
 * @throws TypeError if `location` is neither an http address nor a path
 */
export function redirectResponse(
  location: string | URL,
  {
    status = 307,
    headers = {},
  }: {
    readonly status?: 302 | 303 | 307 | undefined
    readonly headers?: Readonly<Record<string, string>> | undefined
  } = {},
): HttpResponse {
  return {
    status,
    headers: { 'cache-control': 'no-store', ...headers, location: addressOf(String(location)) },
    body: null,
  }
}

const HERE = 'http://here.invalid'

/** Escapes the address for a header. A path never becomes `//elsewhere`, because that is another host. */
function addressOf(text: string): string {
  const isPath = text.startsWith('/')
  const url = URL.canParse(text, isPath ? HERE : undefined) ? new URL(text, HERE) : null
  if (!isPath && url !== null && /^https?:$/.test(url.protocol)) return url.href
  if (isPath && url?.origin === HERE && !url.pathname.startsWith('//'))
    return `${url.pathname}${url.search}${url.hash}`
  throw new TypeError(
    'redirectResponse got an address that it cannot use. Give one that starts with https:// or http://, or a path that starts with one slash.',
  )
}
