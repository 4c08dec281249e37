import type { HttpResponse } from '../../core/http/types.ts'

/** What several may write one after the other: a cache, a browser or a session of the host's needs all of it. */
const LISTS = ['vary', 'access-control-expose-headers'] as const

/**
 * Our headers as they have to be sent beside those that the host has set already (cors, compression, a session): of
 * lists, ours are added; what protects the page, such as its policy with the nonce, takes the place of the host's.
 * @param set what stands under a lower-case name so far
 */
export function besideHost(
  { headers, cookies = [] }: Pick<HttpResponse, 'headers' | 'cookies'>,
  set: (name: string) => unknown,
): Readonly<Record<string, string | string[]>> {
  const sent: Record<string, string | string[]> = { ...headers }
  for (const name of LISTS) {
    const ours = headers[name]
    if (ours !== undefined) sent[name] = union(valuesOf(set(name)), ours)
  }
  const own = [...valuesOf(headers['set-cookie']), ...cookies]
  if (own.length > 0) sent['set-cookie'] = [...valuesOf(set('set-cookie')), ...own]
  return sent
}

function valuesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String)
  return value === undefined || value === '' ? [] : [String(value)]
}

/**
 * Names of headers, without duplicates, in upper or lower case. `*` stands for all of them (RFC 9110, section 12.5.5).
 */
function union(theirs: readonly string[], ours: string): string {
  const names = [...theirs, ours].flatMap((list) => list.split(',')).map((name) => name.trim())
  if (names.includes('*')) return '*'
  const seen = new Map(names.filter((name) => name !== '').map((name) => [name.toLowerCase(), name]))
  return [...seen.values()].join(', ')
}
