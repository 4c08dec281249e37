import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { parseAddress } from '../../../core/access/network.ts'
import type { BrokerPort, EmbeddedBrokerOptions, ProxyProtocol } from './options.ts'

/** Null: this port expects no header. */
export type ProxyRule = {
  /** Whether this peer may say for whom it speaks. */
  readonly trusts: (address: string) => boolean
} | null

const PORTS = ['tcp', 'tls', 'websocket'] as const satisfies readonly BrokerPort[]

/** Address, or network with the bits of its prefix; null for what is neither. */
function networkIn(text: string) {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  const most = family === 4 ? 32 : 128
  const bits = Number(prefix ?? most)
  return family === 0 || bits > most ? null : { address, bits, family: familyOf(family) }
}

const familyOf = (version: number): 'ipv4' | 'ipv6' => (version === 4 ? 'ipv4' : 'ipv6')

const network = z.string().refine((text) => networkIn(text) !== null, {
  message: 'needs an address or a network, such as 10.0.0.0/8',
})

export const proxyProtocol = z.union(
  [
    z.boolean(),
    z.strictObject({
      ports: z.array(z.enum(PORTS)).min(1).exactOptional(),
      from: z.array(network).min(1).exactOptional(),
    }),
  ],
  {
    error:
      "needs true, false, or { from: ['10.0.0.0/8'], ports: ['tcp', 'tls', 'websocket'] } with one of both or both",
  },
)

/** What each port expects of a connection. */
export function proxyRules(option: EmbeddedBrokerOptions['proxyProtocol']): (port: BrokerPort) => ProxyRule {
  if (option === undefined || option === false) return () => null
  const { ports = PORTS, from }: ProxyProtocol = option === true ? {} : option
  const rule = { trusts: from === undefined ? () => true : listed(from) }
  return (port) => (ports.includes(port) ? rule : null)
}

function listed(from: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const text of from) {
    const found = networkIn(text)
    if (found !== null) list.addSubnet(found.address, found.bits, found.family)
  }
  return (text) => {
    const address = parseAddress(text)?.correctForm()
    return address !== undefined && list.check(address, familyOf(isIP(address)))
  }
}
