import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Expected } from './digests.ts'
import type { Disk, Folders } from './disk.ts'
import { ofDisk } from './errors.ts'
import type { DescribedFile } from './head.ts'
import { workspaceOf } from './keys.ts'
import type { Quota } from './quota.ts'
import { Refusal } from './refusal.ts'
import { FILE_MODE, syncFolder, writeTemporary } from './writing.ts'
import type { ListedPart } from './xml.ts'

/** What is known when an upload in parts begins. */
export interface UploadFacts {
  readonly key: string
  readonly type: string
  readonly meta: Readonly<Record<string, string>>
}

export interface StoredPart extends ListedPart {
  readonly size: number
  readonly name: string
}

const MOST_OPEN = 100
const MOST_NUMBER = 10_000
const ABANDONED_MS = 24 * 60 * 60_000
const STALE_MS = 60 * 60_000
const LAST_TOUCH = 'upload.json'
/** Each part counts at least so much, so that many empty parts do not fill the disk beside the quota. */
const MIN_COUNTED = 4096

const countedOf = (size: number): number => Math.max(size, MIN_COUNTED)

/** Uploads in parts. Everything about them is on the disk, so they go on after a restart. */
export function createUploads(
  folders: Folders,
  disk: Disk,
  quota: Quota,
  now: () => number,
  maxBytes: number,
) {
  const folderOf = (id: string): string => {
    if (!/^[0-9a-f]{32}$/.test(id)) throw new Refusal('NoSuchUpload')
    return join(folders.uploads, id)
  }

  async function factsOf(id: string, key: string): Promise<UploadFacts> {
    const text = await readFile(join(folderOf(id), 'upload.json'), 'utf8').catch(() => null)
    // Written by `create` only.
    const facts = text === null ? null : (JSON.parse(text) as UploadFacts)
    if (facts === null || facts.key !== key) throw new Refusal('NoSuchUpload')
    return facts
  }

  async function partsIn(id: string): Promise<StoredPart[]> {
    const names = await readdir(folderOf(id)).catch(() => [])
    return names.flatMap((name) => {
      const parts = /^(\d{5})-([0-9a-f]{32})-(\d+)$/.exec(name)
      return parts === null
        ? []
        : [{ name, number: Number(parts[1]), etag: parts[2] ?? '', size: Number(parts[3]) }]
    })
  }

  async function remove(id: string, workspace: string): Promise<void> {
    const parts = await partsIn(id)
    await rm(folderOf(id), { recursive: true, force: true })
    for (const { size } of parts) quota.release(workspace, countedOf(size))
  }

  async function all(): Promise<{ readonly id: string; readonly facts: UploadFacts }[]> {
    const found: { readonly id: string; readonly facts: UploadFacts }[] = []
    for (const id of await readdir(folders.uploads)) {
      const text = await readFile(join(folders.uploads, id, 'upload.json'), 'utf8').catch(() => null)
      if (text !== null) found.push({ id, facts: JSON.parse(text) as UploadFacts })
    }
    return found
  }

  return {
    /** Those whose key begins with this text. */
    async open(prefix: string): Promise<readonly { readonly id: string; readonly key: string }[]> {
      return (await all())
        .map(({ id, facts }) => ({ id, key: facts.key }))
        .filter(({ key }) => key.startsWith(prefix))
    },

    async create(facts: UploadFacts): Promise<string> {
      const workspace = workspaceOf(facts.key)
      const open = (await all()).filter((one) => workspaceOf(one.facts.key) === workspace)
      if (open.length >= MOST_OPEN) throw new Refusal('SlowDown')
      const id = randomBytes(16).toString('hex')
      try {
        await mkdir(folderOf(id), { mode: 0o700 })
        await writeFile(join(folderOf(id), 'upload.json'), JSON.stringify(facts), {
          mode: FILE_MODE,
          flag: 'wx',
        })
      } catch (error) {
        throw ofDisk(error)
      }
      return id
    },

    async putPart(
      { id, key, number }: { readonly id: string; readonly key: string; readonly number: number },
      content: AsyncIterable<Uint8Array>,
      expected: Expected,
      late: () => Expected,
    ): Promise<string> {
      if (!Number.isInteger(number) || number < 1 || number > MOST_NUMBER)
        throw new Refusal('InvalidArgument', 'The number of a part has to be 1 to 10000.')
      await factsOf(id, key)
      const workspace = workspaceOf(key)
      let taken = 0
      const admit = (bytes: number): void => {
        quota.take(workspace, bytes)
        taken += bytes
      }
      try {
        const written = await writeTemporary(content, {
          folder: folders.temporary,
          expected,
          late,
          admit,
          head: null,
          headBytes: 0,
        })
        if (countedOf(written.size) > written.size) admit(MIN_COUNTED - written.size)
        const name = `${String(number).padStart(5, '0')}-${written.md5}-${written.size}`
        const before = (await partsIn(id)).filter((part) => part.number === number)
        try {
          await rename(written.path, join(folderOf(id), name))
        } catch (error) {
          await unlink(written.path).catch(() => undefined)
          // The upload was aborted while the part arrived.
          throw (error as { readonly code?: unknown }).code === 'ENOENT'
            ? new Refusal('NoSuchUpload')
            : ofDisk(error)
        }
        await syncFolder(folderOf(id))
        for (const old of before) {
          if (old.name !== name) await unlink(join(folderOf(id), old.name)).catch(() => undefined)
          quota.release(workspace, countedOf(old.size))
        }
        return written.md5
      } catch (error) {
        quota.release(workspace, taken)
        throw error
      }
    },

    async list(id: string, key: string): Promise<readonly StoredPart[]> {
      await factsOf(id, key)
      return (await partsIn(id)).sort((a, b) => a.number - b.number)
    },

    async complete(id: string, key: string, listed: readonly ListedPart[]): Promise<DescribedFile> {
      const { type, meta } = await factsOf(id, key)
      const stored = await partsIn(id)
      const parts = listed.map(({ number, etag }) => {
        const part = stored.find((one) => one.number === number && one.etag === etag)
        if (part === undefined) throw new Refusal('InvalidPart')
        return part
      })
      const size = parts.reduce((sum, part) => sum + part.size, 0)
      if (size > maxBytes) throw new Refusal('EntityTooLarge')
      const hashes = createHash('md5')
      for (const { etag } of parts) hashes.update(etag, 'hex')
      const etag = `${hashes.digest('hex')}-${parts.length}`
      const folder = folderOf(id)
      async function* content(): AsyncGenerator<Uint8Array> {
        for (const { name } of parts)
          yield* createReadStream(join(folder, name), { highWaterMark: 1024 * 1024 })
      }
      const workspace = workspaceOf(key)
      const file = await disk.put(key, content(), { type, meta, etag, expected: { size }, isCounted: true })
      // The parts were counted; from now on the file is.
      quota.found(workspace, size + MIN_COUNTED)
      await remove(id, workspace)
      return file
    },

    async abort(id: string, key: string): Promise<void> {
      await factsOf(id, key)
      await remove(id, workspaceOf(key))
    },

    /** Counts the parts that are there. */
    async count(): Promise<void> {
      for (const { id, facts } of await all())
        for (const { size } of await partsIn(id)) quota.found(workspaceOf(facts.key), countedOf(size))
    },

    /** Removes temporary files that nobody writes to any more, and uploads that nobody continues. */
    async sweep(): Promise<void> {
      for (const name of await readdir(folders.temporary)) {
        const path = join(folders.temporary, name)
        const found = await stat(path).catch(() => null)
        if (found !== null && found.mtimeMs < now() - STALE_MS) await unlink(path).catch(() => undefined)
      }
      for (const { id, facts } of await all()) {
        // A part that arrives changes the folder.
        const touched = await Promise.all(
          ['.', LAST_TOUCH].map((name) => stat(join(folders.uploads, id, name)).catch(() => null)),
        )
        if (touched.every((one) => one === null || one.mtimeMs < now() - ABANDONED_MS))
          await remove(id, workspaceOf(facts.key))
      }
    },
  }
}

export type Uploads = ReturnType<typeof createUploads>
