import type { PagePolicy } from '../http/page-headers.ts'

/**
 * What a page of a plugin may load from elsewhere. Each entry is an origin, such as `https://maps.example.com` or
 * `https://*.example.com`, or `data:` or `blob:`. The platform's own origin is always allowed. Scripts and styles from
 * elsewhere are never allowed, and no other site may show the page in a frame.
 */
export interface DocumentPolicy {
  /** Where scripts of the page send requests: uploads to a store of files, WebSockets (`wss://...`). */
  readonly connect?: readonly string[] | undefined
  /** Where images come from. `data:` is always allowed. */
  readonly img?: readonly string[] | undefined
  /** Where video and sound come from. */
  readonly media?: readonly string[] | undefined
  /** What the page shows in frames. */
  readonly frame?: readonly string[] | undefined
}

const ALWAYS = { connect: "'self'", img: "'self' data:", media: "'self'", frame: "'self'" } as const
const KINDS = Object.keys(ALWAYS) as (keyof typeof ALWAYS)[]
/** An origin; its host may begin with `*.`, and is never `*` alone. */
const SOURCE = /^(?:data:|blob:|(?:https?|wss?):\/\/(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?)$/i

/** What is wrong with the field `policy` of a page; null: nothing. */
export function policyFault(policy: unknown): string | null {
  if (policy === undefined) return null
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy))
    return `needs an object with ${KINDS.join(', ')}`
  for (const [kind, sources] of Object.entries(policy)) {
    if (!(kind in ALWAYS)) return `has the field ${kind}; there are ${KINDS.join(', ')}`
    if (sources === undefined) continue
    if (!Array.isArray(sources)) return `has ${kind}, which needs a list of origins`
    const wrong = sources.find((source) => typeof source !== 'string' || !SOURCE.test(source))
    if (wrong !== undefined)
      return `has ${kind} with ${JSON.stringify(wrong)}; needs an origin such as https://maps.example.com, without a path, or data: or blob:`
  }
  return null
}

/** @param policy without faults */
export const policyOf = (policy: DocumentPolicy): PagePolicy =>
  Object.fromEntries(
    KINDS.flatMap((kind) => {
      const sources = policy[kind] ?? []
      return sources.length === 0 ? [] : [[`${kind}-src`, [ALWAYS[kind], ...sources].join(' ')]]
    }),
  )

/** Headers that protect the page. If an answer replaced one, every site might use the page. */
const KEPT: readonly string[] = [
  'content-security-policy',
  'content-security-policy-report-only',
  'content-type',
  'cross-origin-opener-policy',
  'referrer-policy',
  'x-content-type-options',
  'x-frame-options',
]

/** The first header of an answer that a page may not have; undefined: none. */
export const keptHeader = (headers: object): string | undefined =>
  Object.keys(headers).find((name) => KEPT.includes(name.toLowerCase()))
