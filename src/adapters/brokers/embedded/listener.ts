import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { DjiCloudError } from '../../../core/errors.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import { createFront, type FrontParts, type Guest } from './front.ts'
import { createGuestBook, type GuestBook } from './guest-book.ts'
import { portTrouble } from './place.ts'

export interface Listener {
  readonly port: number
  /** Takes no more connections. Resolves when the last one is closed. */
  close(): Promise<void>
  /** Closes what is left: half a handshake or half a request of a stranger would be waited for until its time is up. */
  drop(): void
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

/**
 * The listener keeps the process alive, like the host's own HTTP server: a broker that vanished because nothing else
 * was left to do would look like a crash. `cloud.close()` ends it.
 * @throws BROKER_START
 */
export async function startListener(parts: {
  readonly host: string | undefined
  /** 0: any. */
  readonly port: number
  /** Which option names the port, for the message when it cannot be had. */
  readonly option: string
  /** When the port is taken: may it be another? */
  readonly fallback: boolean
  readonly logger: Logger
  readonly tls?: TlsOptions | null
  readonly front: Omit<FrontParts, 'handOver'>
  /** What becomes of a connection: MQTT at once, or after an upgrade. */
  readonly accept: (socket: Socket, guest: Guest) => void
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Uint8Array, guest: Guest) => void
}): Promise<Listener> {
  const { host, port: wanted, fallback, logger } = parts
  const sockets = new Set<Socket>()
  const handOver = inner(parts)
  const receive = createFront({ ...parts.front, handOver })
  // Below TLS and HTTP: the bare sockets, from the first byte on.
  const server = createServer(SOCKET_OPTIONS, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    receive(socket)
  })
  let port: number
  try {
    port = await listen(server, host, wanted).catch((error: unknown) => {
      if (!fallback || codeOf(error) !== 'EADDRINUSE') throw error
      return listen(server, host, 0).then((free) => {
        logger.warn({ wanted, port: free }, `MQTT port ${wanted} is taken: using ${free} until it is free`)
        return free
      })
    })
  } catch (cause) {
    throw new DjiCloudError('BROKER_START', {
      message: `The MQTT broker could not listen on port ${wanted}: ${portTrouble(String(codeOf(cause) ?? 'unknown'), parts.option)}.`,
      cause,
    })
  }
  server.on('error', (error) => logger.error({ err: error }, 'MQTT listener failed'))
  return {
    port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
    drop() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

type InnerParts = Pick<Parameters<typeof startListener>[0], 'tls' | 'accept' | 'upgrade'>

/** Messages are small and waited for: no Nagle. TCP's own probes find peers that went away without a word. */
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }

/** What the sockets that passed the front are handed to. TLS and HTTP servers listen on nothing themselves. */
function inner({ tls = null, accept, upgrade }: InnerParts): FrontParts['handOver'] {
  if (upgrade === undefined && tls === null) return accept
  const book = createGuestBook()
  const server = upgrade === undefined ? secureServer(tls ?? {}, book, accept) : webServer(tls, book, upgrade)
  return (socket, guest) => {
    book.enter(socket, guest)
    server.emit('connection', socket)
  }
}

function secureServer(tls: TlsOptions, book: GuestBook, accept: (socket: Socket, guest: Guest) => void) {
  const server = createTlsServer(tls, (socket: TLSSocket) => {
    const guest = book.find(socket)
    // Gone in the meantime.
    if (guest === null) socket.destroy()
    else accept(socket, guest)
  })
  // A handshake that fails is the peer's trouble.
  return server.on('tlsClientError', (_error, socket) => void socket.destroy())
}

function webServer(
  tls: TlsOptions | null,
  book: GuestBook,
  upgrade: (request: IncomingMessage, socket: Duplex, head: Uint8Array, guest: Guest) => void,
) {
  const http = tls === null ? createHttpServer() : createHttpsServer(tls)
  http.on('request', (_request, response) => void response.writeHead(426, { upgrade: 'websocket' }).end())
  return http.on('upgrade', (request, socket, head) => {
    const guest = book.find(request.socket)
    if (guest === null) socket.destroy()
    else upgrade(request, socket, head, guest)
  })
}
