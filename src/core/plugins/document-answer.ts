import { keptHeader } from './document-policy.ts'

/** The answer of a row with `answers: 'document'`. */
export interface DocumentAnswer {
  /** The name of the page in the part `pages.documents`. */
  readonly document: string
  /** Goes into the page as `data.values`, and as JSON to its script. It must not hold secrets. @default null */
  readonly values?: unknown
  /** @default 200 */
  readonly status?: number | undefined
  /**
   * Headers beside those of the bundled pages, lower-case. Those that protect the page cannot be replaced: what it may load
   * is in `policy` of the page.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** One `Set-Cookie` each; `setCookie()` makes them. */
  readonly cookies?: readonly string[] | undefined
}

/**
 * @param names the pages that the plugin has
 * @param where for the error, such as `The route GET /x of the plugin y`
 * @throws TypeError naming what is wrong. The rest of the answer is checked when the page is made.
 */
export function checkedDocument(value: unknown, names: readonly string[], where: string): DocumentAnswer {
  const { document, headers } =
    typeof value === 'object' && value !== null ? (value as Partial<DocumentAnswer>) : {}
  const kept = typeof headers === 'object' && headers !== null ? keptHeader(headers) : undefined
  if (kept !== undefined)
    throw new TypeError(
      `${where} returned the header ${kept}, which protects the page. Leave it out; if the page has to load something from elsewhere, name it in policy of the page in pages.documents.`,
    )
  if (typeof document === 'string' && names.includes(document)) return value as DocumentAnswer
  const known = names.length === 0 ? 'the plugin has none' : names.join(', ')
  throw new TypeError(
    `${where} returned no page; needs { document } with a name of pages.documents: ${known}.`,
  )
}
