import { Address4, Address6 } from 'ip-address'

/**
 * Providers give one customer a /56 (a home, an office) or a /64 (a phone). A /56 is the largest network of one
 * customer, so a customer cannot get a new count with a new address. 256 phones may share one count; with IPv4 and NAT
 * far more do.
 */
const IPV6_PREFIX = 56

/**
 * All texts that are not an address share one count. Otherwise a client that writes the header itself could have any
 * number of counts.
 */
export const UNKNOWN_NETWORK = 'unknown'

/** `[::1]`, `[::1]:80`, and RFC 7239's quotes around them. */
const BRACKETED = /^\[([^[\]]*)\](?::\d{1,5})?$/
/** Some proxies add the port to an IPv4 address. A port after an IPv6 address without brackets cannot be recognised. */
const WITH_PORT = /^([\d.]+):\d{1,5}$/

/** The address in `1.2.3.4:5678`, `[2001:db8::1]:80`, `"fe80::1%eth0"`, as proxies write it. Null: there is none. */
export function parseAddress(text: string): Address4 | Address6 | null {
  // Longer than any address with a zone. A very long text must not cost time.
  if (text.length > 128) return null
  const bare = text.trim().replace(/^"(.*)"$/, '$1')
  const host = (BRACKETED.exec(bare)?.[1] ?? WITH_PORT.exec(bare)?.[1] ?? bare).replace(/%.*$/, '')
  // The library accepts prefixes too, but the address of a client has none.
  if (host.includes('/')) return null
  if (Address4.isValid(host)) return new Address4(host)
  if (!Address6.isValid(host)) return null
  const address = new Address6(host)
  return embedded(address) ?? address
}

/** An IPv4 client has the same key in any form of its address: plain, mapped into IPv6, or translated by NAT64. */
const embedded = (address: Address6): Address4 | null =>
  address.isMapped4() || NAT64.some((prefix) => address.isInSubnet(prefix)) ? address.to4() : null
const NAT64 = [new Address6('64:ff9b::/96')]

/**
 * The key of an address for limits: an IPv4 address itself, and an IPv6 address by its /56, such as
 * `2001:db8:1:200::/56`. Ports, zones, brackets and spellings make no difference. A value that is not an address gets
 * the key `unknown`.
 */
export function networkOf(address: string): string {
  const found = parseAddress(address)
  if (found === null) return UNKNOWN_NETWORK
  if (found instanceof Address4) return found.correctForm()
  const network = new Address6(`${found.correctForm()}/${IPV6_PREFIX}`).startAddress()
  return `${network.correctForm()}/${IPV6_PREFIX}`
}

/**
 * Lengths of prefixes: a whole provider, and one of its sites. The next smaller network is one customer (`networkOf`).
 */
const WIDER = { 4: [16, 24], 6: [32, 48] } as const

/**
 * The groups that an address is in, the widest first and its own network last, such as `2001:db8::/32`, `2001:db8:1::/48`,
 * `2001:db8:1:200::/56`. For sharing, not for limits: a wide group holds addresses of many different clients.
 */
export function groupsOf(address: string): readonly [string, ...string[]] {
  const found = parseAddress(address)
  const network = networkOf(address)
  if (found === null) return [network]
  const isV4 = found instanceof Address4
  const [widest, wide] = (isV4 ? WIDER[4] : WIDER[6]).map((prefix) => {
    const text = `${found.correctForm()}/${prefix}`
    return `${(isV4 ? new Address4(text) : new Address6(text)).startAddress().correctForm()}/${prefix}`
  })
  return [widest ?? network, wide ?? network, network]
}
