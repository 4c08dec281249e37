/** The addresses that a controller gets, and the address of its page. Null means not known yet. */
export interface Addresses {
  readonly page: string | null
  readonly api: string | null
  readonly ws: string | null
  readonly mqtt: string | null
}

/** An address that a controller may not be able to use. The id of its finding is `address-{kind}`. */
export interface AddressWarning {
  readonly role: keyof Addresses
  readonly kind: 'scheme' | 'localhost' | 'container' | 'private' | 'plain'
  readonly address: string
}

/** The id and the evidence of the finding for a warning. */
export const asFinding = ({ role, kind, address }: AddressWarning) =>
  [`address-${kind}`, `${role}: ${address}`] as const

/** The schemes that Pilot accepts (facts D1, C2, E). It does not connect to an address without a scheme. */
const SCHEMES: Readonly<Record<keyof Addresses, readonly string[]>> = {
  page: ['http', 'https'],
  api: ['http', 'https'],
  ws: ['ws', 'wss'],
  mqtt: ['tcp', 'ssl', 'ws', 'wss'],
}
const PLAIN = ['http', 'ws', 'tcp']
const ROLES = ['page', 'api', 'ws', 'mqtt'] as const

type HostKind = 'localhost' | 'container' | 'private' | 'public'

/** Parsed by hand: before Chromium 122, `URL` finds no host if it does not know the scheme. */
export function splitAddress(address: string): { readonly scheme: string | null; readonly host: string } {
  const [, scheme = null, host = ''] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:[^@/?#]*@)?(\[[^\]]*\]|[^:/?#]*)/i.exec(address.trim()) ?? []
  return {
    scheme: scheme === null ? null : scheme.toLowerCase(),
    host: host.replace(/^\[|\]$/g, '').toLowerCase(),
  }
}

/** Where a host name can be resolved. */
export function hostKind(host: string): HostKind {
  if (host === 'localhost' || /\.localhost$/.test(host) || /^(127\.|0\.0\.0\.0$|::1?$)/.test(host))
    return 'localhost'
  if (
    /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
      host,
    )
  )
    return 'private'
  if (host.indexOf(':') >= 0) return /^(f[cd]|fe[89ab])/.test(host) ? 'private' : 'public'
  // Names of Docker Compose and Kubernetes are known on the server only.
  return host.indexOf('.') < 0 || /\.(internal|local|svc|cluster\.local)$/.test(host) ? 'container' : 'public'
}

/**
 * Finds addresses that do not work from a controller, or are not safe (facts F3). The host of the page itself is
 * reachable, because the page was loaded from it, so it is not reported.
 * @param opened false: nobody has opened the page by this address yet (a check before the first controller)
 */
export function addressWarnings(addresses: Addresses, opened = true): readonly AddressWarning[] {
  const page = addresses.page === null ? null : splitAddress(addresses.page)
  const found: AddressWarning[] = []
  for (const role of ROLES) {
    const address = addresses[role]
    if (address === null || address === '') continue
    const warn = (kind: AddressWarning['kind']): void => void found.push({ role, kind, address })
    const { scheme, host } = splitAddress(address)
    if (scheme === null || SCHEMES[role].indexOf(scheme) < 0) warn('scheme')
    const proven = opened && page !== null && (role === 'page' || host === page.host)
    const kind = hostKind(host)
    if (!proven && (kind === 'localhost' || kind === 'container')) warn(kind)
    if (!proven && kind === 'private' && page !== null && hostKind(page.host) === 'public') warn('private')
    // The page is encrypted, but this address would send passwords in plain text.
    if (page?.scheme === 'https' && scheme !== null && PLAIN.indexOf(scheme) >= 0 && role !== 'page')
      warn('plain')
  }
  return found
}
