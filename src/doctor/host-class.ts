import { isIP } from 'node:net'

/** Where a host name can be reached from. `single-label`: a name without a dot, as containers and LAN machines have. */
export type HostClass = 'localhost' | 'private' | 'single-label' | 'name' | 'public-address'

const PRIVATE = [
  /^10\./,
  /^192\.168\./,
  /^172\.(1[6-9]|2\d|3[01])\./,
  /^169\.254\./,
  /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
  /^f[cd]/i,
  /^fe[89ab]/i,
]

export function hostClass(hostname: string): HostClass {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    /^127\./.test(host) ||
    host === '::1' ||
    host === '0.0.0.0' ||
    host === '::'
  )
    return 'localhost'
  if (isIP(host) !== 0) return PRIVATE.some((range) => range.test(host)) ? 'private' : 'public-address'
  return host.includes('.') && !host.endsWith('.local') && !host.endsWith('.internal')
    ? 'name'
    : 'single-label'
}
