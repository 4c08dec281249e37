import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { DjiCloudError } from '../../../core/errors.ts'
import type { Logger } from '../../../core/ports/logger.ts'
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
  /** What becomes of a connection: MQTT at once, or after an upgrade. */
  readonly accept: (socket: Socket) => void
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Uint8Array) => void
}): Promise<Listener> {
  const { host, port: wanted, fallback, logger } = parts
  const server = serverOf(parts)
  const sockets = new Set<Socket>()
  // Below TLS and HTTP: the bare sockets, from the first byte on.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
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

type ServerParts = Pick<Parameters<typeof startListener>[0], 'tls' | 'accept' | 'upgrade'>

function serverOf({ tls = null, accept, upgrade }: ServerParts): Server {
  // Messages are small and waited for: no Nagle. TCP's own probes find peers that went away without a word.
  const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }
  if (upgrade !== undefined) {
    const http =
      tls === null ? createHttpServer(socketOptions) : createHttpsServer({ ...tls, ...socketOptions })
    http.on('request', (_request, response) => void response.writeHead(426, { upgrade: 'websocket' }).end())
    return http.on('upgrade', upgrade)
  }
  if (tls === null) return createServer(socketOptions, accept)
  const server = createTlsServer({ ...tls, ...socketOptions }, accept)
  // A handshake that fails is the peer's trouble.
  return server.on('tlsClientError', (_error, socket) => void socket.destroy())
}
