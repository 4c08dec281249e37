import { Address4, Address6 } from 'ip-address'
import { networkOf } from '../../plugin.ts'

/** Whether controller and phone come from the same network. `unknown`: the addresses do not tell. */
export type Nearness = 'same' | 'other' | 'unknown'

/**
 * Compares two client addresses. It says `same` or `other` only where that is certain: a wrong "same" would reassure a pilot whom
 * somebody deceives.
 */
export function nearnessOf(one: string, other: string): Nearness {
  const [a, b] = [networkOf(one), networkOf(other)]
  const [first, second] = [kindOf(a), kindOf(b)]
  if (first === null || second === null || first.version !== second.version) return 'unknown'
  // Inside a site both are private. The same private address twice is a proxy that the app does not trust.
  if (first.isInner && second.isInner) return a !== b && siteOf(a) === siteOf(b) ? 'same' : 'unknown'
  if (first.isInner || second.isInner) return 'unknown'
  return a === b ? 'same' : 'other'
}

/** Null: no address. @param network as `networkOf` writes it */
function kindOf(network: string): { readonly version: 4 | 6; readonly isInner: boolean } | null {
  const address = network.replace(/\/\d+$/, '')
  if (Address4.isValid(address)) {
    const found = new Address4(address)
    return {
      version: 4,
      isInner: found.isPrivate() || found.isCGNAT() || found.isLoopback() || found.isLinkLocal(),
    }
  }
  if (!Address6.isValid(address)) return null
  const found = new Address6(address)
  return { version: 6, isInner: found.isULA() || found.isLoopback() || found.isLinkLocal() }
}

/** The /24 of an IPv4 address; a network of IPv6 is a site already. */
const siteOf = (network: string): string => network.replace(/^(\d+\.\d+\.\d+)\.\d+$/, '$1')
