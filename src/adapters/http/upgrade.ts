import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { isDjiCloudError } from '../../core/errors.ts'
import { WS_PATH } from '../../core/http/addresses.ts'
import { normalisePath } from '../../core/http/router.ts'
import { tokenOf } from '../../core/http/token-header.ts'
import type { BrokerAdapter, Logger, Session } from '../../core/ports/index.ts'
import type { Hub } from '../../core/realtime/hub.ts'
import { serve } from '../realtime/peer.ts'
import { handBack } from './hand-back.ts'
import { createMounts } from './mounts.ts'

/** MQTT over WebSocket, beside the pushes of `/api/v1/ws`. */
export const MQTT_PATH = '/mqtt'

/** What a client may send us. We read nothing of it but pings. */
const MAX_INBOUND = 16 * 1024

export interface Upgrades {
  /** Serves upgrades of this server. Idempotent. @param mount default: the root */
  attach(server: Server, mount?: string): void
  learn(mount: string): void
  close(): void
}

export interface UpgradeParts {
  readonly admit: (token: string | undefined) => Promise<Session>
  readonly hub: Hub
  readonly broker: BrokerAdapter
  readonly logger: Logger
  readonly closing: () => boolean
  readonly mounts: readonly string[]
}

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** Listeners of every cloud in this process, and the sockets that one of them has claimed. */
const OURS = new WeakSet<object>()
const CLAIMED = new WeakSet<Duplex>()

export function createUpgrades(parts: UpgradeParts): Upgrades {
  const { hub, broker, logger } = parts
  const mounts = createMounts(parts.mounts)
  const attached = new Map<Server, UpgradeListener>()
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_INBOUND, clientTracking: false })

  async function pushes(request: IncomingMessage, socket: Duplex, head: Buffer, untouched: () => boolean) {
    // Pilot puts the token into the query (facts C1). It is read here and kept out of every log.
    const token = locate(request.url).query.get('x-auth-token') ?? tokenOf(request.headers)
    let session: Session
    try {
      session = await parts.admit(token ?? undefined)
    } catch (error) {
      const status = isDjiCloudError(error) ? error.status : 500
      if (!isDjiCloudError(error)) logger.error({ err: error }, 'websocket: admission failed')
      if (untouched()) refuse(socket, status)
      return
    }
    if (untouched())
      sockets.handleUpgrade(request, socket, head, (ws) => serve(ws, socket, session, hub, logger))
  }

  /** One upgrade of ours. Whatever goes wrong in it, the host lives on. */
  async function take(
    own: string,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    untouched: () => boolean,
  ) {
    try {
      if (!untouched()) {
        const fields = { path: own }
        logger.warn(
          fields,
          'another upgrade listener of this server answers our path; give it a path of its own',
        )
      } else if (parts.closing()) refuse(socket, 503)
      else if (own === MQTT_PATH) broker.handleUpgrade?.(request, socket, head)
      else await pushes(request, socket, head, untouched)
    } catch (error) {
      logger.error({ err: error, path: own }, 'upgrade failed')
      socket.destroy()
    }
  }

  function listen(server: Server): UpgradeListener {
    const listener: UpgradeListener = (request, socket, head) => {
      const { path } = locate(request.url)
      const own = mounts.find(path, broker.handleUpgrade === undefined ? [WS_PATH] : [WS_PATH, MQTT_PATH])
      if (own !== null && !CLAIMED.has(socket)) {
        CLAIMED.add(socket)
        // Node has taken its own listener off: a peer that resets now must not take the process with it.
        socket.on('error', (error) => logger.debug({ err: error }, 'upgrade: socket error'))
        const untouched = stillSilent(socket)
        // After the other listeners: one that takes every path has answered by then, and two answers are none.
        process.nextTick(() => void take(own, request, socket, head, untouched))
      } else if (own === null && !CLAIMED.has(socket) && isLastOfOurs(server, listener)) {
        handBack(server, request, socket, head)
      }
    }
    return listener
  }

  return {
    learn: mounts.learn,
    attach(server, mount) {
      mounts.learn(mount ?? '')
      if (attached.has(server)) return
      const listener = listen(server)
      OURS.add(listener)
      attached.set(server, listener)
      // First, so that what others write to the socket can be told from what was there before.
      server.prependListener('upgrade', listener)
    },
    close() {
      for (const [server, listener] of attached) server.off('upgrade', listener)
      attached.clear()
    },
  }
}

/** Nobody but our own listeners is there, and this is the one that runs last. */
function isLastOfOurs(server: Server, listener: UpgradeListener): boolean {
  const listeners = server.listeners('upgrade')
  return listeners.every((one) => OURS.has(one)) && listeners.at(-1) === listener
}

/** @returns whether nobody has written to the socket since, and it is still open */
function stillSilent(socket: Duplex): () => boolean {
  const written = (): number => (socket as { bytesWritten?: number }).bytesWritten ?? 0
  const before = written()
  return () => !socket.destroyed && written() === before
}

function locate(url = '/'): { readonly path: string; readonly query: URLSearchParams } {
  const mark = url.indexOf('?')
  const path = normalisePath(mark === -1 ? url : url.slice(0, mark))
  return { path, query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)) }
}

const PHRASES: Readonly<Record<number, string>> = { 401: 'Unauthorized', 503: 'Service Unavailable' }

/** Answers and closes: a peer that does not close its half would otherwise keep the socket for ever. */
function refuse(socket: Duplex, status: number): void {
  const retry = status === 503 ? 'Retry-After: 5\r\n' : ''
  const head = `HTTP/1.1 ${status} ${PHRASES[status] ?? 'Error'}\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`
  socket.once('finish', () => socket.destroy())
  socket.end(head)
}
