import { mkdirSync, realpathSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { constants, mkdir, open, readdir, realpath, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ByteRange } from '../../plugin.ts'
import type { Expected } from './digests.ts'
import { fileError, ofDisk } from './errors.ts'
import { type DescribedFile, HEAD_BYTES, readHead, writeHead } from './head.ts'
import { checkKey, workspaceOf } from './keys.ts'
import { partOf, pathOf } from './paths.ts'
import type { Quota } from './quota.ts'
import { syncFolder, type Written, writeTemporary } from './writing.ts'

const FOLDER_MODE = 0o700

export interface DiskPut {
  readonly expected?: Expected | undefined
  readonly late?: (() => Expected) | undefined
  readonly type?: string | undefined
  readonly meta?: Readonly<Record<string, string>> | undefined
  /** @default the MD5 of the content */
  readonly etag?: string | undefined
  /** The bytes are counted already: they are parts of an upload. */
  readonly isCounted?: boolean | undefined
}

/** Makes the folders, and returns where they really are. */
export function openFolders(directory: string) {
  mkdirSync(directory, { recursive: true, mode: FOLDER_MODE })
  const root = realpathSync(directory)
  const folders = {
    objects: join(root, 'objects'),
    temporary: join(root, 'tmp'),
    uploads: join(root, 'uploads'),
  }
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: FOLDER_MODE })
  return folders
}

export type Folders = ReturnType<typeof openFolders>

/** Files on the disk: complete, or not there. */
export function createDisk(folders: Folders, quota: Quota, now: () => number) {
  const root = folders.objects

  /** A folder that is a link could lead out of the directory. */
  async function checkInside(folder: string): Promise<void> {
    if ((await realpath(folder)) !== folder)
      throw fileError('FILE_STORE_UNAVAILABLE', {
        message: 'A folder of the storage is a link. Replace it by a real folder.',
      })
  }

  async function publish(key: string, written: Written, workspace: string): Promise<void> {
    const path = pathOf(root, key)
    const folder = dirname(path)
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
    await checkInside(folder)
    // Both in one step, so that of two uploads of one key each replaces the other exactly once.
    const before = sizeOf(path)
    renameSync(written.path, path)
    quota.release(workspace, before)
    await syncFolder(folder)
  }

  async function opened(key: string) {
    const path = pathOf(root, checkKey(key))
    try {
      await checkInside(dirname(path))
      return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    } catch (error) {
      const { code } = error as { readonly code?: unknown }
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return null
      throw ofDisk(error)
    }
  }

  async function headOf(file: Awaited<ReturnType<typeof open>>, key: string): Promise<DescribedFile> {
    const block = Buffer.alloc(HEAD_BYTES)
    const { bytesRead } = await file.read(block, 0, HEAD_BYTES, 0)
    const head = readHead(block.subarray(0, bytesRead))
    if (head === null)
      throw fileError('FILE_STORE_UNAVAILABLE', {
        message: 'A file in the directory of the storage was not written by it.',
      })
    return { key, ...head }
  }

  return {
    async put(
      key: string,
      content: AsyncIterable<Uint8Array>,
      options: DiskPut = {},
    ): Promise<DescribedFile> {
      const { type = 'application/octet-stream', meta = {}, expected, late, isCounted = false } = options
      const workspace = workspaceOf(checkKey(key))
      const modifiedAt = now()
      let taken = 0
      const admit = (bytes: number): void => {
        if (isCounted) return
        quota.take(workspace, bytes)
        taken += bytes
      }
      let head: DescribedFile | null = null
      try {
        admit(HEAD_BYTES)
        const written = await writeTemporary(content, {
          ...{ folder: folders.temporary, expected, late, admit, headBytes: HEAD_BYTES },
          head: ({ size, md5 }) => {
            head = { key, size, type, etag: options.etag ?? md5, modifiedAt, meta }
            const { key: _, ...stored } = head
            const block = writeHead(stored)
            if (block === null)
              throw fileError('FILE_KEY', { message: 'The metadata of the file is too long.' })
            return block
          },
        })
        try {
          await publish(key, written, workspace)
        } catch (error) {
          await unlink(written.path).catch(() => undefined)
          throw ofDisk(error)
        }
      } catch (error) {
        quota.release(workspace, taken)
        throw error
      }
      return head as unknown as DescribedFile
    },

    async head(key: string): Promise<DescribedFile | null> {
      const file = await opened(key)
      if (file === null) return null
      try {
        return await headOf(file, key)
      } finally {
        await file.close()
      }
    },

    async get(key: string): Promise<{
      readonly file: DescribedFile
      open(range: ByteRange | null): Readable
      close(): Promise<void>
    } | null> {
      const handle = await opened(key)
      if (handle === null) return null
      try {
        const file = await headOf(handle, key)
        return {
          file,
          // The handle stays on this file, also if another one replaces it. The stream closes it.
          open: (range) =>
            handle.createReadStream({
              start: HEAD_BYTES + (range?.start ?? 0),
              end: HEAD_BYTES + (range?.end ?? Math.max(file.size - 1, 0)),
              highWaterMark: 1024 * 1024,
            }),
          close: () => handle.close(),
        }
      } catch (error) {
        await handle.close()
        throw error
      }
    },

    async delete(key: string): Promise<void> {
      const path = pathOf(root, checkKey(key))
      const folder = dirname(path)
      try {
        await checkInside(folder)
        const size = sizeOf(path)
        unlinkSync(path)
        quota.release(workspaceOf(key), size)
        await syncFolder(folder)
      } catch (error) {
        if ((error as { readonly code?: unknown }).code !== 'ENOENT') throw ofDisk(error)
      }
    },

    /** Every key below a prefix, which may end within a part, in no order. */
    keys: (prefix: string): Promise<string[]> => keysBelow(root, '', prefix),

    /** Counts what is there. */
    async count(): Promise<void> {
      for (const key of await keysBelow(root, '', ''))
        quota.found(workspaceOf(key), (await stat(pathOf(root, key)).catch(() => null))?.size ?? 0)
    },
  }
}

export type Disk = ReturnType<typeof createDisk>

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

async function keysBelow(folder: string, above: string, prefix: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const named = partOf(entry.name)
    if (named === null) continue
    const key = `${above}${named.part}`
    const below = `${key}/`
    if (named.isFolder && entry.isDirectory() && (below.startsWith(prefix) || prefix.startsWith(below)))
      found.push(...(await keysBelow(join(folder, entry.name), below, prefix)))
    else if (!named.isFolder && entry.isFile() && key.startsWith(prefix)) found.push(key)
  }
  return found
}
