import type { HttpRequest } from './types.ts'

/** `x-auth-token` as Pilot sends it (facts C1), or `Authorization: Bearer`. The first wins. */
export function tokenOf(headers: HttpRequest['headers']): string | undefined {
  const own = first(headers['x-auth-token'])
  if (own !== undefined && own !== '') return own
  const bearer = /^Bearer +(\S+)$/i.exec(first(headers['authorization']) ?? '')
  return bearer?.[1]
}

const first = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'object' ? value[0] : value
