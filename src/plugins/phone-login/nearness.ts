import { Address4, Address6 } from 'ip-address'
import { networkOf } from '../../plugin.ts'

/**
 * Whether controller and phone are certainly in different networks. Nothing says that they are in the same one: thousands of phones share an
 * address of their provider or of a VPN, so that a stranger can have the address of the pilot's phone.
 */
export function isElsewhere(one: string, other: string): boolean {
  const [a, b] = [networkOf(one), networkOf(other)]
  const [first, second] = [versionOf(a), versionOf(b)]
  // A device may have IPv4 for one connection and IPv6 for another.
  return first !== null && first === second && a !== b
}

/** Null: no address of the internet, so that it tells nothing about another one. @param network as `networkOf` writes it */
function versionOf(network: string): 4 | 6 | null {
  const address = network.replace(/\/\d+$/, '')
  if (Address4.isValid(address)) {
    const found = new Address4(address)
    const isInner = found.isPrivate() || found.isCGNAT() || found.isLoopback() || found.isLinkLocal()
    return isInner ? null : 4
  }
  if (!Address6.isValid(address)) return null
  const found = new Address6(address)
  return found.isULA() || found.isLoopback() || found.isLinkLocal() ? null : 6
}
