import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { isSameSecret } from '../../plugin.ts'

/** What the content has to be. Each value is in hex. */
export interface Expected {
  readonly size?: number | undefined
  readonly md5?: string | undefined
  readonly sha256?: string | undefined
  readonly sha1?: string | undefined
  readonly crc32?: string | undefined
}

/** Adds up what was written, and compares it with what was announced. MD5 is always made: it is the ETag. */
export function createDigests(expected: Expected) {
  const hashes = (['sha256', 'sha1'] as const)
    .filter((name) => expected[name] !== undefined)
    .map((name) => ({ name, hash: createHash(name) }))
  const md5 = createHash('md5')
  let size = 0
  let sum = 0

  return {
    update(bytes: Uint8Array): void {
      size += bytes.length
      md5.update(bytes)
      for (const { hash } of hashes) hash.update(bytes)
      if (expected.crc32 !== undefined) sum = crc32(bytes, sum)
    },
    /** @param late what was announced behind the content */
    finish(late: Expected = {}): { readonly size: number; readonly md5: string; readonly fits: boolean } {
      const all = { ...expected, ...late }
      const made: Expected = {
        md5: md5.digest('hex'),
        crc32: sum.toString(16).padStart(8, '0'),
        ...Object.fromEntries(hashes.map(({ name, hash }) => [name, hash.digest('hex')])),
      }
      const fits =
        (all.size === undefined || all.size === size) &&
        (['md5', 'sha256', 'sha1', 'crc32'] as const).every(
          (name) => all[name] === undefined || isSameSecret(all[name], made[name] ?? ''),
        )
      return { size, md5: made.md5 ?? '', fits }
    },
  }
}
