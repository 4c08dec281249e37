import { fileError } from './errors.ts'

const MOST_BYTES = 1024
const MOST_PART_BYTES = 200

/** Whether a key can be stored, and is the same key everywhere: one file, which is below what it seems to be below. */
function isKey(key: string): boolean {
  if (!isText(key) || Buffer.byteLength(key) > MOST_BYTES) return false
  return key.split('/').every((part) => isPart(part))
}

function isPart(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= MOST_PART_BYTES
}

/** No control characters, and no half of a surrogate pair, which UTF-8 cannot hold. */
const isText = (text: string): boolean => !/[\p{Cc}\p{Cs}]/u.test(text)

/** @throws DjiCloudError FILE_KEY */
export function checkKey(key: string): string {
  if (typeof key !== 'string' || !isKey(key)) throw fileError('FILE_KEY', { data: { field: 'key' } })
  return key
}

/** A prefix of whole parts, with or without a slash at its end. @throws DjiCloudError FILE_KEY */
export function checkPrefix(prefix: string): string {
  const bare = typeof prefix === 'string' && prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
  if (typeof bare !== 'string' || !isKey(bare)) throw fileError('FILE_KEY', { data: { field: 'prefix' } })
  return bare
}

/** Whether a key is below a prefix of whole parts: `a/b` is below `a`, and `ab` is not. */
export const isBelow = (key: string, prefix: string): boolean => key.startsWith(`${prefix}/`)

/** The first part of a key: its workspace. */
export const workspaceOf = (key: string): string => key.slice(0, `${key}/`.indexOf('/'))
