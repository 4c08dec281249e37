/** Where a connection arrived: address and port on our side of it. */
export interface Arrival {
  readonly address: string
  readonly port: number
}

/**
 * Where the connection of this request arrived. Null if that is unknown, as on a Unix socket.
 * @param native the framework's request. Those of Express, Koa and Node all have Node's `socket`.
 */
export function arrivalOf(native: unknown): Arrival | null {
  const { socket } = (native ?? {}) as {
    readonly socket?: { readonly localAddress?: unknown; readonly localPort?: unknown } | null
  }
  const { localAddress: address, localPort: port } = socket ?? {}
  return typeof address === 'string' && typeof port === 'number' ? { address, port } : null
}

/** These names always mean this machine (RFC 6761, section 6.3). A `.local` name is left out: any neighbour may answer for it. */
const LOOPBACK = /^(?:localhost|[\w.-]+\.localhost|127\.0\.0\.1|\[::1\])$/

/**
 * Checks an address that was made of the Host header. The virtual Pilot connects to this address, and any client can write
 * any Host. So it has to be an address of this machine, with the port on which the request arrived.
 * @returns what is wrong with it; null if it is right
 */
export function wrongLink(link: string, arrival: Arrival | null): string | null {
  if (arrival === null) return 'The simulator cannot tell on which port this request arrived.'
  const { hostname, host, port, protocol } = new URL(link)
  if (Number(port || (protocol === 'https:' ? 443 : 80)) !== arrival.port)
    return `The Host header says ${host}, but this request arrived on port ${arrival.port}.`
  if (LOOPBACK.test(hostname) || hostname === inUrl(arrival.address)) return null
  return `The Host header says ${host}, but this request arrived at ${inUrl(arrival.address)}.`
}

/** An address of a socket as URLs write it: IPv6 in brackets, and IPv4 as such also on a socket for both. */
function inUrl(address: string): string {
  const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, '')
  return plain.includes(':') ? `[${plain}]` : plain
}
