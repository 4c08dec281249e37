import type { Socket } from 'node:net'
import type { Logger } from '../../../core/ports/logger.ts'
import type { Ticket } from './limiter.ts'
import { isProxyHeader, mayBeProxyHeader, parseProxyHeader } from './proxy-header.ts'
import type { ProxyRule } from './proxy-options.ts'

/** A connection from its first moment on: TLS, HTTP and MQTT come later. */
export interface Guest {
  /** Its IP address; behind a balancer that says so, the one that it speaks for. */
  readonly address: string
  readonly ticket: Ticket
  /** MQTT takes over, with a time limit of its own. */
  readonly arrived: () => void
}

export interface FrontParts {
  readonly proxy: ProxyRule
  /** For all that comes before MQTT. ms */
  readonly waitMs: number
  readonly logger: Logger
  /** Null: there is no room. The connection is closed. */
  readonly enter: (address: string, drop: () => void) => Ticket | null
  readonly refused: (reason: 'limit' | 'proxy_protocol', address: string) => void
  /** What was read after the header is in the socket again. */
  readonly handOver: (socket: Socket, guest: Guest) => void
}

/** The same fault of a balancer's configuration comes with each of its connections. */
const TELL_EVERY_MS = 60_000

const UNASKED =
  'MQTT connection closed: it began with a PROXY protocol header, which this port was not told to expect. Set embeddedBroker({ proxyProtocol: true }), or switch the PROXY protocol off in the balancer'
const MISSING =
  'MQTT connection closed: embeddedBroker has proxyProtocol on, and no valid header came first. Let the balancer send one, and let nobody else reach this port'
const UNTRUSTED =
  'MQTT connection closed: it came from an address that proxyProtocol.from does not name. Add it if it is your balancer; if not, keep it away from this port'

type Verdict =
  | { readonly kind: 'more' }
  | { readonly kind: 'pass'; readonly skip: number; readonly source: string | null }
  | { readonly kind: 'close'; readonly text: string; readonly problem: string }

/** @param bytes all that came so far */
export function judge(bytes: Buffer, expected: boolean): Verdict {
  if (!expected) {
    if (isProxyHeader(bytes)) return { kind: 'close', text: UNASKED, problem: 'unexpected' }
    return mayBeProxyHeader(bytes) ? { kind: 'more' } : { kind: 'pass', skip: 0, source: null }
  }
  const header = parseProxyHeader(bytes)
  if (header.kind === 'more') return header
  if (header.kind === 'invalid') return { kind: 'close', text: MISSING, problem: header.problem }
  return { kind: 'pass', skip: header.length, source: header.source }
}

/** Receives the bare sockets of one port, looks at their first bytes, and hands on those that are as expected. */
export function createFront(parts: FrontParts): (socket: Socket) => void {
  const { proxy, waitMs, logger, refused, handOver } = parts
  let toldAt = Number.NEGATIVE_INFINITY

  function tell(address: string, problem: string, text: string): void {
    refused('proxy_protocol', address)
    if (performance.now() - toldAt < TELL_EVERY_MS) return
    toldAt = performance.now()
    logger.warn({ address, problem }, text)
  }

  return (socket) => {
    // A peer that resets: nobody else listens yet.
    socket.on('error', () => undefined)
    const peer = socket.remoteAddress ?? ''
    const drop = (): void => void socket.destroy()
    let address = peer
    const entered = parts.enter(peer, () => {
      refused('limit', address)
      drop()
    })
    if (entered === null) {
      refused('limit', peer)
      drop()
      return
    }
    const ticket = entered
    socket.once('close', ticket.leave)
    if (proxy !== null && !proxy.trusts(peer)) {
      tell(peer, 'not in proxyProtocol.from', UNTRUSTED)
      drop()
      return
    }

    let bytes: Buffer = Buffer.alloc(0)
    // One time for all that comes before MQTT: the header, TLS, the HTTP request of a WebSocket.
    const timer = setTimeout(() => {
      refused('limit', address)
      drop()
    }, waitMs)
    const arrived = (): void => clearTimeout(timer)
    socket.once('close', arrived)
    socket.on('readable', look)

    function look(): void {
      const chunk: Buffer | null = socket.read()
      if (chunk === null) return
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
      const verdict = judge(bytes, proxy !== null)
      if (verdict.kind === 'more') return
      if (verdict.kind === 'close') {
        socket.off('readable', look)
        tell(peer, verdict.problem, verdict.text)
        drop()
        return
      }
      const { skip, source } = verdict
      if (source !== null && source !== address) {
        address = source
        ticket.move(source)
      }
      // A header is the balancer's: whoever is behind it has said nothing yet.
      if (bytes.length === skip) return
      ticket.spoke()
      socket.off('readable', look)
      socket.unshift(bytes.subarray(skip))
      handOver(socket, { address, ticket, arrived })
    }
  }
}
