import { type BodyStream, fileResponse, type HttpRequest, type HttpResponse } from '../../plugin.ts'
import { contentOf } from './content.ts'
import { createDigests } from './digests.ts'
import type { Disk } from './disk.ts'
import { fileError } from './errors.ts'
import type { DescribedFile } from './head.ts'
import { checkKey, isBelow } from './keys.ts'
import { Refusal } from './refusal.ts'
import type { Uploads } from './uploads.ts'
import type { Verified } from './verify.ts'
import { element, elements, partsOf, xmlResponse } from './xml.ts'

export interface ObjectParts {
  readonly disk: Disk
  readonly uploads: Uploads
  readonly maxFileBytes: number
  readonly idleMs: number
}

/** A request about one key, whose signature is right. */
export interface Call {
  readonly request: HttpRequest
  readonly query: URLSearchParams
  /** Below the prefix of the grant. */
  readonly key: string
  readonly verified: Verified
  readonly bucket: string
}

const KNOWN = new Set([
  'uploads',
  'uploadId',
  'partNumber',
  'x-id',
  'response-content-disposition',
  'max-parts',
  'part-number-marker',
  'encoding-type',
])

/** Refuses what a client may not do. @throws Refusal */
export function admitCall({ request, query, key, verified: { grant } }: Call): void {
  checkKey(key)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const allowed = grant.access === 'write' ? isBelow(key, grant.prefix) : isRead && key === grant.prefix
  if (!allowed) throw new Refusal('AccessDenied')
  // Without this, a question about another function, such as `?acl`, would read or replace the file.
  for (const name of query.keys())
    if (!KNOWN.has(name) && !/^x-amz-/i.test(name)) throw new Refusal('NotImplemented')
  const header = [
    'x-amz-copy-source',
    'x-amz-server-side-encryption',
    'x-amz-server-side-encryption-customer-algorithm',
  ].find((name) => request.headers[name] !== undefined)
  if (header !== undefined)
    throw new Refusal('NotImplemented', `This storage does not have what the header ${header} asks for.`)
}

/** GET and HEAD of a file, and the list of the parts of an upload. */
export async function read(
  { disk, uploads }: ObjectParts,
  { request, query, key, bucket }: Call,
): Promise<HttpResponse> {
  const uploadId = query.get('uploadId')
  if (uploadId !== null) {
    const parts = await uploads.list(uploadId, key)
    return xmlResponse('ListPartsResult', [
      ...[
        element('Bucket', bucket),
        element('Key', key),
        element('UploadId', uploadId),
        element('IsTruncated', false),
      ],
      ...parts.map(({ number, etag, size }) =>
        elements('Part', [
          element('PartNumber', number),
          element('ETag', `"${etag}"`),
          element('Size', size),
        ]),
      ),
    ])
  }
  const found = await disk.get(key)
  if (found === null) throw fileError('FILE_NOT_FOUND')
  let isOpen = false
  try {
    const disposition = query.get('response-content-disposition')
    return await fileResponse(request, {
      ...found.file,
      headers: {
        ...headersOf(found.file),
        ...(disposition === null || /[^\x20-\x7e]/.test(disposition)
          ? {}
          : { 'content-disposition': disposition }),
      },
      open: (range) => {
        isOpen = range !== null
        return range === null ? empty() : found.open(range)
      },
    })
  } finally {
    if (!isOpen) await found.close()
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}

const headersOf = ({ meta }: DescribedFile): Record<string, string> => ({ ...meta })

/** PUT of a file or of a part. */
export async function write(parts: ObjectParts, call: Call, body: BodyStream): Promise<HttpResponse> {
  const { request, query, key, verified } = call
  const { disk, uploads, maxFileBytes, idleMs } = parts
  const [number, id] = [query.get('partNumber'), query.get('uploadId')]
  if ((number === null) !== (id === null) || query.has('uploads')) throw new Refusal('InvalidArgument')
  const { content, expected, late } = contentOf(request, body, verified, idleMs)
  if ((expected.size ?? 0) > maxFileBytes) throw new Refusal('EntityTooLarge')
  await checkCondition(disk, request, key)
  const etag =
    number !== null && id !== null
      ? await uploads.putPart({ id, key, number: Number(number) }, content, expected, late)
      : (await disk.put(key, content, { expected, late, type: typeOf(request), meta: metaOf(request) })).etag
  return { status: 200, headers: { etag: `"${etag}"` }, body: null }
}

/** POST: begins an upload in parts, or completes it. */
export async function post(
  { uploads, idleMs }: ObjectParts,
  call: Call,
  body: BodyStream,
): Promise<HttpResponse> {
  const { request, query, key, bucket } = call
  if (query.has('uploads')) {
    body.stream.destroy()
    const id = await uploads.create({ key, type: typeOf(request), meta: metaOf(request) })
    return xmlResponse('InitiateMultipartUploadResult', [
      ...[element('Bucket', bucket), element('Key', key), element('UploadId', id)],
    ])
  }
  const id = query.get('uploadId')
  if (id === null) throw new Refusal('NotImplemented')
  const file = await uploads.complete(id, key, partsOf(await textOf(call, body, idleMs)))
  return xmlResponse('CompleteMultipartUploadResult', [
    // Some clients take an answer without an address for an error.
    ...[element('Location', request.rawUrl.split('?')[0] ?? ''), element('Bucket', bucket)],
    ...[element('Key', key), element('ETag', `"${file.etag}"`)],
  ])
}

/** DELETE: gives up an upload. Files are deleted by the app, and not by the credentials of an upload. */
export async function remove({ uploads }: ObjectParts, { query, key }: Call): Promise<HttpResponse> {
  const id = query.get('uploadId')
  if (id === null)
    throw new Refusal('AccessDenied', 'These credentials may not delete files. Delete them in the app.')
  await uploads.abort(id, key)
  return { status: 204, headers: {}, body: null }
}

/** The list of parts, which is checked like any other content. */
async function textOf({ request, verified }: Call, body: BodyStream, idleMs: number): Promise<string> {
  const { content, expected, late } = contentOf(request, body, verified, idleMs)
  const digests = createDigests(expected)
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of content) {
    digests.update(piece)
    pieces.push(piece)
    size += piece.length
    if (size > MOST_LIST_BYTES) throw new Refusal('MalformedXML')
  }
  if (!digests.finish(late()).fits) throw new Refusal('BadDigest')
  return Buffer.concat(pieces).toString('utf8')
}

/** 10,000 parts with all their checksums. */
const MOST_LIST_BYTES = 4 * 1024 * 1024

async function checkCondition(disk: Disk, { headers }: HttpRequest, key: string): Promise<void> {
  if (headers['if-match'] !== undefined) throw new Refusal('NotImplemented')
  if (headers['if-none-match'] !== undefined && (await disk.head(key)) !== null)
    throw new Refusal('PreconditionFailed')
}

const typeOf = ({ headers }: HttpRequest): string => {
  const type = String(headers['content-type'] ?? '')
  return /^[\x20-\x7e]{1,255}$/.test(type) ? type : 'application/octet-stream'
}

/** The headers that a client stores with a file, and gets back with it. */
function metaOf({ headers }: HttpRequest): Record<string, string> {
  const meta: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (name.startsWith('x-amz-meta-') && /^[\x20-\x7e]*$/.test(String(value))) meta[name] = String(value)
  if (JSON.stringify(meta).length > 2048)
    throw new Refusal('InvalidArgument', 'The metadata is longer than 2048 bytes.')
  return meta
}
