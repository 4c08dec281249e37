/** One address of this machine, as `os.networkInterfaces()` gives it. */
export interface MachineAddress {
  /** Name of the network interface, such as `eth0`. */
  readonly name: string
  readonly address: string
  readonly family: string
  readonly internal: boolean
}

/** Where a server listens, as `server.address()` gives it. A text is the path of a Unix socket. */
export type ListenAddress = { readonly address: string; readonly port: number } | string | null

/** Interfaces of containers, virtual machines and tunnels. A controller is rarely in their network. */
const VIRTUAL =
  /^(?:docker|br-|veth|virbr|vmnet|vboxnet|vEthernet|lxc|cni|flannel|utun|tun|tap|wg|tailscale|zt|ppp)/i
const ALL = new Set(['::', '0.0.0.0', ''])
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.|localhost$)/

/**
 * The IPv4 addresses of this machine that a controller may reach, the likeliest first: networks of houses and offices before
 * others, and interfaces of containers and tunnels last.
 */
export function networkAddresses(all: readonly MachineAddress[]): readonly string[] {
  const rank = ({ name, address }: MachineAddress): number =>
    (VIRTUAL.test(name) ? 10 : 0) + (address.startsWith('192.168.') ? 0 : address.startsWith('10.') ? 1 : 2)
  return all
    .filter(
      ({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'),
    )
    .map((one, index) => ({ one, order: rank(one) * 1_000 + index }))
    .sort((a, b) => a.order - b.order)
    .map(({ one }) => one.address)
}

/** The host names under which a server can be reached. */
export interface Reachable {
  readonly port: number
  /** The host name to type on a controller. `localhost` if only this machine reaches the server. */
  readonly host: string
  /** Other addresses of this machine, any of which may be the right one. */
  readonly others: readonly string[]
  /** The host name for a browser on this machine. */
  readonly here: string
}

/** @returns null: the server has no port, so only a proxy reaches it */
export function reachable(listening: ListenAddress, all: readonly MachineAddress[]): Reachable | null {
  if (listening === null || typeof listening === 'string') return null
  const { address, port } = listening
  if (LOOPBACK.test(address)) return { port, host: 'localhost', others: [], here: 'localhost' }
  if (!ALL.has(address)) return { port, host: address, others: [], here: address }
  const [host = 'localhost', ...others] = networkAddresses(all)
  return { port, host, others, here: 'localhost' }
}

/** Puts an IPv6 address into brackets. */
export const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host)
