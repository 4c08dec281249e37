import { randomUUID } from 'node:crypto'
import { constants, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createDigests, type Expected } from './digests.ts'
import { fileError, ofDisk } from './errors.ts'

/** A file that is complete on the disk, and that nobody sees yet. */
export interface Written {
  readonly path: string
  readonly size: number
  readonly md5: string
}

export interface WriteOptions {
  readonly folder: string
  readonly expected?: Expected | undefined
  /** What the content has to be, if that is known only after its end. */
  readonly late?: (() => Expected) | undefined
  /** Called before bytes are written; throws to stop. */
  readonly admit: (bytes: number) => void
  /** The block in front of the content; null: none. */
  readonly head: ((written: { readonly size: number; readonly md5: string }) => Buffer) | null
  readonly headBytes: number
}

/** Nobody else on this machine may read it, and no link is followed. */
export const FILE_MODE = 0o600
const FLAGS = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0)

/**
 * Writes content to a temporary file, checks it, and waits until it is on the disk.
 * @throws DjiCloudError FILE_CHECKSUM, FILE_DISK_FULL; what `admit` and the content throw. The temporary file is then gone.
 */
export async function writeTemporary(
  content: AsyncIterable<Uint8Array>,
  { folder, expected = {}, late, admit, head, headBytes }: WriteOptions,
): Promise<Written> {
  const path = join(folder, randomUUID())
  try {
    const file = await open(path, FLAGS, FILE_MODE)
    try {
      const digests = createDigests(expected)
      let position = headBytes
      // While one piece is written, the next one is hashed.
      let writing: Promise<unknown> = Promise.resolve()
      try {
        for await (const piece of content) {
          admit(piece.length)
          digests.update(piece)
          await writing
          writing = writeAll(file, piece, position)
          writing.catch(() => undefined)
          position += piece.length
        }
      } finally {
        await writing
      }
      const { size, md5, fits } = digests.finish(late?.())
      if (!fits) throw fileError('FILE_CHECKSUM')
      if (head !== null) await writeAll(file, head({ size, md5 }), 0)
      await file.sync()
      return { path, size, md5 }
    } finally {
      await file.close()
    }
  } catch (error) {
    await unlink(path).catch(() => undefined)
    throw ofDisk(error)
  }
}

async function writeAll(
  file: Awaited<ReturnType<typeof open>>,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** Waits until the names in a folder are on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
