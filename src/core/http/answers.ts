import fresh from 'fresh'
import parseRange from 'range-parser'
import { DjiCloudError } from '../errors.ts'
import type { HttpRequest, HttpResponse, StreamedBody } from './types.ts'

/** Both ends are part of it, counted from 0, as in `Content-Range` and in `fs.createReadStream(path, range)`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A file as it is told to a client. */
export interface FileInfo {
  /** In bytes. */
  readonly size: number
  /** Such as `video/mp4`. */
  readonly type: string
  /** Changes with the content: a hash, or what the storage calls its ETag. With or without quotes. */
  readonly etag?: string | undefined
  /** Milliseconds. */
  readonly modifiedAt?: number | undefined
}

/** A file to be sent by `fileResponse`: what is known of it, and how to read a part of it. */
export interface FileSource extends FileInfo {
  /**
   * The bytes of that range. Not called for HEAD, nor where the client has the file already.
   * @param range the whole file where the client asked for no part; null for an empty file
   */
  readonly open: (range: ByteRange | null) => StreamedBody | Promise<StreamedBody>
  /** Beside or instead of ours, lower-case: `content-disposition`, another `cache-control`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * A file, whole or the part that `Range` asks for: 200, 206, or 304 where the client has it. One range at a time: a
 * client that asks for several gets the whole file, as HTTP allows. Kept in the client's own cache, and asked about each
 * time; shown by browsers, but nothing in it runs.
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

/** What to send, in the order of RFC 9110, section 13.2.2. */
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
  // Only GET has ranges; a HEAD is told about the whole file.
  if (range === undefined || method !== 'GET' || !sameFile(asked['if-range'], etag, modified)) return whole
  const ranges = rangesOf(size, range)
  if (ranges === -1)
    throw new DjiCloudError('RANGE_NOT_SATISFIABLE', { headers: { 'content-range': `bytes */${size}` } })
  const [first, ...more] = ranges === -2 || ranges.type !== 'bytes' ? [] : ranges
  return first === undefined || more.length > 0 ? whole : { status: 206, range: { ...first } }
}

/** -1: nothing of it is in the file; -2: not a range. */
function rangesOf(size: number, header: string): ReturnType<typeof parseRange> {
  const unit = header.trimStart().toLowerCase().startsWith('bytes=') ? header.trim().toLowerCase() : header
  // The library knows no suffix that is longer than the file; it means the whole file (RFC 9110, section 14.1.2).
  const suffix = Number(/^bytes=\s*-(\d+)$/.exec(unit)?.[1] ?? 0)
  return parseRange(size, suffix > size && size > 0 ? 'bytes=0-' : unit, { combine: true })
}

type Asked = Readonly<Record<string, string | undefined>>

/** `If-Match` and `If-Unmodified-Since`; the first makes the second void. */
function holds(asked: Asked, etag: string | undefined, modified: string | undefined): boolean {
  const match = asked['if-match']
  if (match !== undefined)
    return match.trim() === '*' || match.split(',').some((one) => isStrong(etag) && one.trim() === etag)
  const since = Date.parse(asked['if-unmodified-since'] ?? '')
  return Number.isNaN(since) || modified === undefined || Date.parse(modified) <= since
}

/** Whether the client's part is of this file: only then may the rest be sent (RFC 9110, section 13.1.5). */
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
 * Sends the client elsewhere, with the same method and body. No cache keeps it. Many clients send their headers along,
 * `x-auth-token` too: name only places that may see a token.
 * @param location absolute, such as a signed address of a storage, or a path of this server
 * @param status 307 keeps the method; 303 makes it a GET. @default 307
 * @throws TypeError for anything that is no http address and no path
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

/** Escaped as a header needs it. A path never comes out as `//elsewhere`, which is another host. */
function addressOf(text: string): string {
  const isPath = text.startsWith('/')
  const url = URL.canParse(text, isPath ? HERE : undefined) ? new URL(text, HERE) : null
  if (!isPath && url !== null && /^https?:$/.test(url.protocol)) return url.href
  if (isPath && url?.origin === HERE && !url.pathname.startsWith('//'))
    return `${url.pathname}${url.search}${url.hash}`
  throw new TypeError(
    'redirectResponse needs an address that starts with https:// or http://, or a path that starts with one slash.',
  )
}
