import type { StoredFile } from '../../plugin.ts'

/** Each file on the disk begins with a block of this size that describes it, so that one rename publishes both. */
export const HEAD_BYTES = 4096

/** A file with the headers that a client of S3 has stored with it. */
export interface DescribedFile extends StoredFile {
  readonly meta: Readonly<Record<string, string>>
}

export type FileHead = Omit<DescribedFile, 'key'>

const FORMAT = 'dji-cloud file 1\n'

/** @returns null if it does not fit into the block */
export function writeHead(head: FileHead): Buffer | null {
  const text = Buffer.from(`${FORMAT}${JSON.stringify(head)}\n`)
  if (text.length > HEAD_BYTES) return null
  return Buffer.concat([text, Buffer.alloc(HEAD_BYTES - text.length, ' ')])
}

/** @returns null if it was not written here */
export function readHead(block: Buffer): FileHead | null {
  const text = block.toString('utf8')
  if (block.length !== HEAD_BYTES || !text.startsWith(FORMAT)) return null
  try {
    // Written by `writeHead`: nobody else writes into the directory.
    return JSON.parse(text.slice(FORMAT.length)) as FileHead
  } catch {
    return null
  }
}
