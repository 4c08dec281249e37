import type { HttpResponse } from '../../plugin.ts'
import type { Disk } from './disk.ts'
import { isBelow } from './keys.ts'
import { pageOf } from './listing.ts'
import { Refusal } from './refusal.ts'
import { encodeS3 } from './signature.ts'
import type { Grant } from './temporary-keys.ts'
import type { Uploads } from './uploads.ts'
import { element, elements, xmlResponse } from './xml.ts'

const MOST = 1000
const KNOWN = new Set([
  'list-type',
  'prefix',
  'delimiter',
  'max-keys',
  'marker',
  'start-after',
  'continuation-token',
  'encoding-type',
  'fetch-owner',
  'x-id',
  'location',
  'uploads',
  'max-uploads',
  'key-marker',
  'upload-id-marker',
])

/** HeadBucket, GetBucketLocation, both lists of S3, and the list of open uploads. @throws Refusal */
export async function readBucket(
  { disk, uploads }: { readonly disk: Disk; readonly uploads: Uploads },
  {
    method,
    query,
    grant,
    bucket,
    region,
  }: {
    readonly method: string
    readonly query: URLSearchParams
    readonly grant: Grant
    readonly bucket: string
    readonly region: string
  },
): Promise<HttpResponse> {
  if (method === 'HEAD') return { status: 200, headers: { 'x-amz-bucket-region': region }, body: null }
  for (const name of query.keys())
    if (!KNOWN.has(name) && !/^x-amz-/i.test(name)) throw new Refusal('NotImplemented')
  if (query.has('location')) return xmlResponse('LocationConstraint', [region])
  const prefix = query.get('prefix') ?? ''
  if (grant.access !== 'write' || !(prefix === grant.prefix || isBelow(prefix, grant.prefix)))
    throw new Refusal('AccessDenied', 'These credentials may list files below their prefix only.')
  if (query.has('uploads')) {
    const open = (await uploads.open(prefix)).filter(({ key }) => isBelow(key, grant.prefix))
    return xmlResponse('ListMultipartUploadsResult', [
      ...[element('Bucket', bucket), element('Prefix', prefix), element('IsTruncated', false)],
      ...open.map(({ id, key }) => elements('Upload', [element('Key', key), element('UploadId', id)])),
    ])
  }
  const most = query.get('max-keys') ?? String(MOST)
  if (!/^\d{1,9}$/.test(most)) throw new Refusal('InvalidArgument')
  const isSecond = query.get('list-type') === '2'
  const token = query.get('continuation-token')
  const after = isSecond
    ? token === null
      ? (query.get('start-after') ?? '')
      : Buffer.from(token, 'base64url').toString()
    : (query.get('marker') ?? '')
  const delimiter = query.get('delimiter') ?? ''
  const limit = Math.min(Number(most), MOST)
  // The text of the prefix may also begin another prefix: `media` and `media-old`.
  const all = (await disk.keys(prefix)).filter((key) => isBelow(key, grant.prefix))
  const { keys, folders, next } = pageOf(all, { prefix, after, limit, delimiter })
  const shown =
    query.get('encoding-type') === 'url'
      ? (text: string) => encodeS3(text).replaceAll('%2F', '/')
      : (text: string) => text
  const files = await Promise.all(keys.map((key) => disk.head(key)))
  return xmlResponse('ListBucketResult', [
    ...[
      element('Name', bucket),
      element('Prefix', shown(prefix)),
      element('MaxKeys', limit),
      element('Delimiter', shown(delimiter)),
    ],
    ...(query.has('encoding-type') ? [element('EncodingType', 'url')] : []),
    element('IsTruncated', next !== null),
    ...(isSecond
      ? [
          element('KeyCount', keys.length + folders.length),
          ...(next === null
            ? []
            : [element('NextContinuationToken', Buffer.from(next).toString('base64url'))]),
        ]
      : [element('Marker', shown(after)), ...(next === null ? [] : [element('NextMarker', shown(next))])]),
    ...files.flatMap((file) =>
      file === null
        ? []
        : [
            elements('Contents', [
              ...[
                element('Key', shown(file.key)),
                element('LastModified', new Date(file.modifiedAt).toISOString()),
              ],
              ...[
                element('ETag', `"${file.etag}"`),
                element('Size', file.size),
                element('StorageClass', 'STANDARD'),
              ],
            ]),
          ],
    ),
    ...folders.map((folder) => elements('CommonPrefixes', [element('Prefix', shown(folder))])),
  ])
}
