import type { Socket } from 'node:net'
import type { Logger } from '../../../core/ports/logger.ts'
import type { Ticket } from './limiter.ts'
import { isProxyHeader, mayBeProxyHeader, type ProxyRule, parseProxyHeader } from './proxy-protocol.ts'

/** A connection that was accepted by a port of the broker and whose first bytes were as expected. TLS, HTTP and MQTT follow. */
export interface Guest {
  /** The IP address of the client: that of the socket, or the one that a balancer has named. */
  readonly address: string
  readonly ticket: Ticket
  /** Call it when MQTT begins. From then on its receiver closes the socket in time, and calls `ticket.leave` when it is closed. */
  readonly arrived: () => void
}

export interface FrontParts {
  readonly proxy: ProxyRule
  /** How long everything before MQTT may take, ms. */
  readonly waitMs: number
  readonly logger: Logger
  /** Null: there is no place, so the connection is closed. */
  readonly enter: (address: string, drop: () => void) => Ticket | null
  readonly refused: (reason: 'limit' | 'proxy_protocol', address: string) => void
  /** Gets the socket. The bytes after a PROXY header were put back into it. */
  readonly handOver: (socket: Socket, guest: Guest) => void
}

export interface Front {
  receive(socket: Socket): void
  /** Closes all sockets on which MQTT has not begun. */
  drop(): void
}

/** How often one fault in the configuration of a balancer is logged. The fault occurs with each of its connections. */
const TELL_EVERY_MS = 60_000

const UNASKED =
  'An MQTT connection was closed: it began with a PROXY protocol header, and this port does not expect one. Set embeddedBroker({ proxyProtocol: true }), or switch the PROXY protocol off in the balancer.'
const MISSING =
  'An MQTT connection was closed: it did not begin with a valid PROXY protocol header, which embeddedBroker({ proxyProtocol }) requires. Make the balancer send one, and let only the balancer reach this port.'
const UNTRUSTED =
  'An MQTT connection was closed: proxyProtocol.from does not name its address. Add the address if it is your balancer. Otherwise let only the balancer reach this port.'

/** Looks at the first bytes of each socket of one port, and hands it over if they are as expected. */
export function createFront(parts: FrontParts): Front {
  const { proxy, waitMs, logger, refused, handOver } = parts
  const waiting = new Set<Socket>()
  let toldAt = Number.NEGATIVE_INFINITY

  function tell(address: string, problem: string, text: string): void {
    refused('proxy_protocol', address)
    if (performance.now() - toldAt < TELL_EVERY_MS) return
    toldAt = performance.now()
    logger.warn({ address, problem }, text)
  }

  function receive(socket: Socket): void {
    // Without a listener the error of a connection reset would end the process.
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
    waiting.add(socket)
    // One time limit for all that comes before MQTT: the header, TLS, and the HTTP request of a WebSocket.
    const timer = setTimeout(() => {
      refused('limit', address)
      drop()
    }, waitMs)
    const closed = (): void => {
      clearTimeout(timer)
      waiting.delete(socket)
      ticket.leave()
    }
    const arrived = (): void => {
      clearTimeout(timer)
      waiting.delete(socket)
      socket.off('close', closed)
    }
    socket.once('close', closed)
    if (proxy !== null && !proxy.trusts(peer)) {
      tell(peer, 'not in proxyProtocol.from', UNTRUSTED)
      drop()
      return
    }

    let bytes: Buffer = Buffer.alloc(0)
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
      // The header is from the balancer. The client itself has sent nothing yet.
      if (bytes.length === skip) return
      ticket.spoke()
      socket.off('readable', look)
      socket.unshift(bytes.subarray(skip))
      handOver(socket, { address, ticket, arrived })
    }
  }

  return {
    receive,
    drop() {
      for (const socket of waiting) socket.destroy()
    },
  }
}

type Verdict =
  | { readonly kind: 'more' }
  | { readonly kind: 'pass'; readonly skip: number; readonly source: string | null }
  | { readonly kind: 'close'; readonly text: string; readonly problem: string }

/** @param bytes all bytes that have arrived so far */
function judge(bytes: Buffer, expected: boolean): Verdict {
  if (!expected) {
    if (isProxyHeader(bytes)) return { kind: 'close', text: UNASKED, problem: 'unexpected' }
    return mayBeProxyHeader(bytes) ? { kind: 'more' } : { kind: 'pass', skip: 0, source: null }
  }
  const header = parseProxyHeader(bytes)
  if (header.kind === 'more') return header
  if (header.kind === 'invalid') return { kind: 'close', text: MISSING, problem: header.problem }
  return { kind: 'pass', skip: header.length, source: header.source }
}
