/** One page of a list. */
export interface Page {
  readonly keys: readonly string[]
  /** With a delimiter: what stands for all keys below it. */
  readonly folders: readonly string[]
  /** The last key or folder of the page, if there are more. */
  readonly next: string | null
}

/**
 * Chooses one page of keys.
 * @param after only what comes after it
 */
export function pageOf(
  all: readonly string[],
  options: {
    readonly prefix: string
    readonly after: string
    readonly limit: number
    readonly delimiter?: string | undefined
  },
): Page {
  const { prefix, after, limit, delimiter = '' } = options
  const keys: string[] = []
  const folders: string[] = []
  let last = after
  for (const key of [...all].sort(byCodePoints)) {
    if (!key.startsWith(prefix)) continue
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const shown = end === -1 ? key : key.slice(0, end + delimiter.length)
    if (shown === last || byCodePoints(shown, after) <= 0 || (end !== -1 && after.startsWith(shown))) continue
    if (keys.length + folders.length === limit) return { keys, folders, next: limit === 0 ? null : last }
    ;(end === -1 ? keys : folders).push(shown)
    last = shown
  }
  return { keys, folders, next: null }
}

/** The order of S3: by bytes of UTF-8. JavaScript compares halves of surrogate pairs, which is another order. */
function byCodePoints(a: string, b: string): number {
  if (a === b) return 0
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
