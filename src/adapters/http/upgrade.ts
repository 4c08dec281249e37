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
import { createMounts } from './mounts.ts'

/** MQTT over WebSocket, beside the pushes of `/api/v1/ws`. */
export const MQTT_PATH = '/mqtt'

/** What a client may send us. We read nothing of it but pings. */
const MAX_INBOUND = 16 * 1024

export interface Upgrades {
  /** Serves upgrades of this server. Idempotent. @param mount only needed before the first request has shown it */
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

export function createUpgrades(parts: UpgradeParts): Upgrades {
  const { hub, broker, logger } = parts
  const mounts = createMounts(parts.mounts)
  const attached = new Map<Server, UpgradeListener>()
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_INBOUND, clientTracking: false })

  async function pushes(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    query: URLSearchParams,
  ): Promise<void> {
    // Pilot puts the token into the query (facts C1). It is read here and kept out of every log.
    const token = query.get('x-auth-token') ?? tokenOf(request.headers)
    let session: Session
    try {
      session = await parts.admit(token ?? undefined)
    } catch (error) {
      const status = isDjiCloudError(error) ? error.status : 500
      if (!isDjiCloudError(error)) logger.error({ err: error }, 'websocket: admission failed')
      return refuse(socket, status)
    }
    if (socket.destroyed) return
    sockets.handleUpgrade(request, socket, head, (ws) => serve(ws, socket, session, hub, logger))
  }

  function listen(server: Server): UpgradeListener {
    return (request, socket, head) => {
      const { path, query } = locate(request.url ?? '/')
      const own = mounts.find(path, broker.handleUpgrade === undefined ? [WS_PATH] : [WS_PATH, MQTT_PATH])
      if (own !== null) {
        // A peer that resets while we look at its token must not take the process with it.
        socket.on('error', (error) => logger.debug({ err: error }, 'upgrade: socket error'))
        if (parts.closing()) return refuse(socket, 503)
        if (own === MQTT_PATH) return broker.handleUpgrade?.(request, socket, head)
        return void pushes(request, socket, head, query)
      }
      // Somebody else's path. If nobody else listens, Node would leave the socket open for ever.
      if (server.listenerCount('upgrade') === 1) refuse(socket, 404)
    }
  }

  return {
    learn: mounts.learn,
    attach(server, mount) {
      if (mount !== undefined) mounts.learn(mount)
      if (attached.has(server)) return
      const listener = listen(server)
      attached.set(server, listener)
      server.on('upgrade', listener)
    },
    close() {
      for (const [server, listener] of attached) server.off('upgrade', listener)
      attached.clear()
    },
  }
}

function locate(url: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = url.indexOf('?')
  const path = normalisePath(mark === -1 ? url : url.slice(0, mark))
  return { path, query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)) }
}

const PHRASES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  404: 'Not Found',
  503: 'Service Unavailable',
}

function refuse(socket: Duplex, status: number): void {
  const retry = status === 503 ? 'Retry-After: 5\r\n' : ''
  socket.end(
    `HTTP/1.1 ${status} ${PHRASES[status] ?? 'Error'}\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`,
  )
}
