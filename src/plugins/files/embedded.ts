import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import {
  type AddressOptions,
  checkOptions,
  definePlugin,
  type FileStore,
  type PluginContext,
} from '../../plugin.ts'
import { createDisk, openFolders } from './disk.ts'
import { ERRORS, fileError } from './errors.ts'
import { checkKey, checkPrefix, workspaceOf } from './keys.ts'
import { pageOf } from './listing.ts'
import { type Place, placeOf } from './places.ts'
import { presignedUrl } from './presign.ts'
import { createQuota } from './quota.ts'
import { s3Rows } from './s3-rows.ts'
import { createTemporaryKeys } from './temporary-keys.ts'
import { createUploads } from './uploads.ts'

const GIB = 1024 ** 3
const SWEEP_MS = 15 * 60_000
const REGION = 'us-east-1'

const schema = z.strictObject({
  directory: z.string().min(1),
  quotaBytes: z
    .number()
    .int()
    .positive()
    .default(50 * GIB),
  maxFileBytes: z
    .number()
    .int()
    .positive()
    .default(5 * GIB),
  idleSeconds: z.number().positive().default(60),
})

/** Options of `embeddedFiles`. */
export interface EmbeddedFilesOptions {
  /** Where the files are stored. It is made if it is not there. Only one process may use it. */
  readonly directory: string
  /** The largest number of bytes of one workspace on the disk, with the parts of open uploads. @default 50 GiB */
  readonly quotaBytes?: number | undefined
  /** The largest file in bytes. @default 5 GiB */
  readonly maxFileBytes?: number | undefined
  /** An upload from which no byte arrives for so long is given up. @default 60 */
  readonly idleSeconds?: number | undefined
}

/** Capitals and digits, as in access keys of S3. */
const randomId = (): string =>
  Array.from(randomBytes(16), (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('')

/**
 * Stores files on the disk of the server, and speaks S3 with the clients that upload them (docs/files.md). For development, and for
 * one process on one machine. Its `api` is a `FileStore`: `cloud.plugins.files`.
 */
export function embeddedFiles(given: EmbeddedFilesOptions) {
  const checked = checkOptions(schema, given)
  return definePlugin({
    id: 'files',
    errors: ERRORS,
    check: () =>
      checked.ok
        ? []
        : checked.problems.map(({ path, text }) => ({
            option: path === '' ? 'embeddedFiles' : `embeddedFiles.${path}`,
            fix: text,
          })),
    // After a fault, the platform does not start.
    setup: (context) =>
      embedded(context, checked.ok ? checked.value : schema.parse({ directory: given.directory })),
  })
}

function embedded(
  context: PluginContext,
  { directory, quotaBytes, maxFileBytes, idleSeconds }: z.output<typeof schema>,
) {
  const now = (): number => context.clock.now()
  const folders = openFolders(directory)
  const quota = createQuota(quotaBytes)
  const disk = createDisk(folders, quota, now)
  const uploads = createUploads(folders, disk, quota, now, maxFileBytes)
  const keys = createTemporaryKeys(context.deriveKeys('temporary'), randomId)
  let counting: Promise<void> | undefined
  const counted = (): Promise<void> => {
    counting ??= Promise.all([disk.count(), uploads.count()]).then(() => undefined)
    return counting
  }

  function placeFor({ request }: AddressOptions): Place {
    const { publicUrl } = context.options
    if (request === undefined && publicUrl === undefined) throw fileError('FILE_ADDRESS')
    return placeOf(context.publicBase(request ?? { host: '', secure: true, mount: '' }))
  }

  const api: FileStore = {
    async put(key, content, { size, type, checksum = {} } = {}) {
      await counted()
      if ((size ?? 0) > maxFileBytes)
        throw fileError('FILE_QUOTA', { message: 'The file is larger than maxFileBytes in embeddedFiles().' })
      const expected = { ...(size === undefined ? {} : { size }), ...checksum }
      return fileOf(await disk.put(key, content, { type, expected }))
    },
    async head(key) {
      const file = await disk.head(key)
      return file === null ? null : fileOf(file)
    },
    async get(key, { range } = {}) {
      const found = await disk.get(key)
      if (found === null) throw fileError('FILE_NOT_FOUND')
      if (
        range !== undefined &&
        !(range.start >= 0 && range.start <= range.end && range.end < found.file.size)
      ) {
        await found.close()
        throw fileError('FILE_KEY', { message: 'The file does not have this range of bytes.' })
      }
      return { file: fileOf(found.file), stream: found.open(range ?? null) }
    },
    async delete(key) {
      await counted()
      await disk.delete(key)
    },
    async list({ prefix, cursor, limit = 1000 }) {
      const page = pageOf(await disk.keys(prefix), {
        prefix,
        after: cursor ?? '',
        limit: Math.min(Math.max(limit, 1), 1000),
      })
      const files = await Promise.all(page.keys.map((key) => disk.head(key)))
      return { files: files.flatMap((file) => (file === null ? [] : [fileOf(file)])), cursor: page.next }
    },
    async presignGet(key, { seconds, filename, request }) {
      const grant = { prefix: checkKey(key), access: 'read', expiresAt: now() + seconds * 1000 } as const
      return presignedUrl(placeFor({ request }), key, {
        keys: keys.make(grant),
        region: REGION,
        now: now(),
        seconds,
        filename,
      })
    },
    async temporaryUpload(prefix, seconds, options = {}) {
      const bare = checkPrefix(prefix)
      const { endpoint, bucket, lead } = placeFor(options)
      const made = keys.make({ prefix: bare, access: 'write', expiresAt: now() + seconds * 1000 })
      return {
        bucket,
        credentials: {
          access_key_id: made.accessKeyId,
          access_key_secret: made.secretAccessKey,
          expire: seconds,
          security_token: made.sessionToken,
        },
        endpoint,
        object_key_prefix: `${lead}${bare}`,
        provider: 'minio',
        region: REGION,
      }
    },
    keyOf(objectKey, options = {}) {
      const { lead } = placeFor(options)
      const key = objectKey.startsWith(lead) ? objectKey.slice(lead.length).replace(/\/{2,}/g, '/') : null
      return key === null ? null : checkKey(key)
    },
    usedBy: async (workspace) => {
      await counted()
      return quota.usedBy(workspaceOf(workspace))
    },
  }
  context.every(SWEEP_MS, 'sweep', () => uploads.sweep())
  return {
    api,
    routes: s3Rows({
      context,
      keys,
      region: REGION,
      disk,
      uploads,
      maxFileBytes,
      idleMs: idleSeconds * 1000,
      counted,
    }),
    start: async () => {
      await uploads.sweep()
      await counted()
    },
  }
}

const fileOf = ({ key, size, type, etag, modifiedAt }: Awaited<ReturnType<FileStore['put']>>) => ({
  key,
  size,
  type,
  etag,
  modifiedAt,
})
