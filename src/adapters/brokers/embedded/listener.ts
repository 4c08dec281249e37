import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { DjiCloudError } from '../../../core/errors.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { createFront, type FrontParts, type Guest } from './front.ts'

export interface Listener {
  readonly port: number
  /** Accepts no more connections. Resolves when the last one is closed. */
  close(): Promise<void>
  /**
   * Closes connections on which MQTT has not begun. Otherwise `close` would wait for a stranger who never finishes a
   * handshake.
   */
  drop(): void
}

interface ListenerParts {
  readonly host: string | undefined
  /** 0: any free one. */
  readonly port: number
  /** The option that names the port, for the error when it cannot be opened. */
  readonly option: string
  /** Whether another port may be used when this one is taken. */
  readonly fallback: boolean
  readonly logger: Logger
  readonly tls?: TlsOptions | null
  readonly front: Omit<FrontParts, 'handOver'>
  /** Called with each connection on which MQTT begins. */
  readonly accept: (socket: Socket, guest: Guest) => void
  /** If it is given, the port serves HTTP, and this function gets the upgrade requests. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Uint8Array, guest: Guest) => void
}

/**
 * Messages are small and must not be delayed, so Nagle's algorithm is off. TCP keep-alive finds clients that have
 * disappeared.
 */
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }

/**
 * Opens one port. Like the host's HTTP server, an open port keeps the process running; `cloud.close()` closes it.
 * @throws BROKER_START
 */
export async function startListener(parts: ListenerParts): Promise<Listener> {
  const { host, port: wanted, fallback, logger } = parts
  const front = createFront({ ...parts.front, handOver: inner(parts) })
  // The front needs the first bytes of the socket, so TLS and HTTP come after it.
  const server = createServer(SOCKET_OPTIONS, front.receive)
  let port: number
  try {
    port = await listen(server, host, wanted).catch((error: unknown) => {
      if (!fallback || codeOf(error) !== 'EADDRINUSE') throw error
      return listen(server, host, 0).then((free) => {
        logger.warn(
          { wanted, port: free },
          `Another program uses the MQTT port ${wanted}, so this process uses port ${free}. Stop that program, or set mqtt.port.`,
        )
        return free
      })
    })
  } catch (cause) {
    throw new DjiCloudError('BROKER_START', {
      message: `The MQTT broker could not listen on port ${wanted}: ${portTrouble(String(codeOf(cause) ?? 'unknown'), parts.option)}.`,
      cause,
    })
  }
  server.on('error', (error) =>
    logger.error({ err: error }, 'A port of the MQTT broker reported an error. See the error.'),
  )
  return {
    port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
    drop: front.drop,
  }
}

/** Why a port cannot be opened, and what to do. */
export function portTrouble(code: string, option: string): string {
  const setOther = `choose another port with ${option}`
  switch (code) {
    case 'EADDRINUSE':
      return `another program listens there (EADDRINUSE). Stop it, or ${setOther}`
    case 'EACCES':
      return `this process has no right to open it (EACCES). Ports below 1024 need extra rights: ${setOther}`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `the address to listen at does not belong to this machine (${code}). Set mqtt.host, or host of embeddedBroker, to one of its addresses, or leave it out for all`
    default:
      return `${code}. The option is ${option}`
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

const listen = (server: Server, host: string | undefined, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })

/** Takes the sockets that passed the front. The TLS and HTTP servers here listen on no port themselves. */
function inner({
  tls = null,
  accept,
  upgrade,
}: Pick<ListenerParts, 'tls' | 'accept' | 'upgrade'>): FrontParts['handOver'] {
  if (upgrade === undefined && tls === null) return accept
  const book = createGuestBook()
  const server = upgrade === undefined ? secureServer(tls ?? {}, book, accept) : webServer(tls, book, upgrade)
  return (socket, guest) => {
    book.enter(socket, guest)
    server.emit('connection', socket)
  }
}

function secureServer(tls: TlsOptions, book: GuestBook, accept: ListenerParts['accept']) {
  const server = createTlsServer(tls, (socket: TLSSocket) => {
    const guest = book.find(socket)
    if (guest === null) socket.destroy()
    else accept(socket, guest)
  })
  return server.on('tlsClientError', (_error, socket) => void socket.destroy())
}

function webServer(tls: TlsOptions | null, book: GuestBook, upgrade: NonNullable<ListenerParts['upgrade']>) {
  const http = tls === null ? createHttpServer() : createHttpsServer(tls)
  http.on('request', (_request, response) => void response.writeHead(426, { upgrade: 'websocket' }).end())
  return http.on('upgrade', (request, socket, head) => {
    const guest = book.find(request.socket)
    if (guest === null) socket.destroy()
    else upgrade(request, socket, head, guest)
  })
}

/** Finds the guest of a socket, even if only the TLS socket above it is known. */
interface GuestBook {
  enter(socket: Socket, guest: Guest): void
  /** Null: the connection is closed. */
  find(socket: Socket): Guest | null
}

function createGuestBook(): GuestBook {
  const guests = new Map<string, Guest>()
  return {
    enter(socket, guest) {
      const ends = endsOf(socket)
      if (ends === null) return void socket.destroy()
      guests.set(ends, guest)
      socket.once('close', () => {
        // A new connection may already have the same two addresses.
        if (guests.get(ends) === guest) guests.delete(ends)
      })
    },
    find(socket) {
      const ends = endsOf(socket)
      return ends === null ? null : (guests.get(ends) ?? null)
    },
  }
}

/** The two addresses of a connection. Two open connections of one port never have the same ones. */
const endsOf = (socket: Socket): string | null =>
  socket.remotePort === undefined
    ? null
    : `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`
