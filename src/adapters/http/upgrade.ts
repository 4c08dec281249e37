import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocketServer } from 'ws'
import { isDjiCloudError } from '../../core/errors.ts'
import { WS_PATH } from '../../core/http/addresses.ts'
import { normalizePath } from '../../core/http/router.ts'
import { tokenOf } from '../../core/http/wire.ts'
import { LruMap } from '../../core/lru-map.ts'
import { loadDependency } from '../../core/packages.ts'
import type { BrokerAdapter, Logger, Session } from '../../core/ports/index.ts'
import type { Hub } from '../../core/realtime/hub.ts'
import { serve } from '../realtime/peer.ts'
import { takeUpgrades, type UpgradeServer } from './upgrade-gate.ts'

/** MQTT over WebSocket, beside the pushes of `/api/v1/ws`. */
const MQTT_PATH = '/mqtt'

/** The largest message that a client may send, in bytes. We read only its pings. */
const MAX_INBOUND = 16 * 1024

export interface Upgrades {
  /** Serves upgrades of this server. Idempotent. @param mount default: the root */
  attach(server: UpgradeServer, mount?: string): void
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

export function createUpgrades(parts: UpgradeParts): Upgrades {
  const { hub, broker, logger } = parts
  const mounts = createMounts(parts.mounts)
  const attached = new Map<UpgradeServer, () => void>()
  let sockets: WebSocketServer | null = null

  /** Loaded with the first WebSocket, so that a cold start does not load it. */
  async function server(): Promise<WebSocketServer> {
    const library = await loadDependency(() => import('ws'), 'ws')
    sockets ??= new library.WebSocketServer({
      noServer: true,
      maxPayload: MAX_INBOUND,
      clientTracking: false,
      // `serve` writes frames beside `ws`. Compressed ones could then come in a wrong order.
      perMessageDeflate: false,
    })
    return sockets
  }

  const ownPath = (request: IncomingMessage): string | null =>
    mounts.find(
      locate(request.url).path,
      broker.handleUpgrade === undefined ? [WS_PATH] : [WS_PATH, MQTT_PATH],
    )

  async function pushes(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Pilot puts the token into the query (facts C1). It is read here and kept out of every log.
    const token = locate(request.url).query.get('x-auth-token') ?? tokenOf(request.headers)
    let session: Session
    try {
      session = await parts.admit(token ?? undefined)
    } catch (error) {
      if (!isDjiCloudError(error))
        logger.error({ err: error }, 'A WebSocket was refused: its token was not checked. See the error.')
      return refuse(socket, isDjiCloudError(error) ? error.status : 500)
    }
    const accepting = sockets ?? (await server())
    if (socket.destroyed) return
    accepting.handleUpgrade(request, socket, head, (ws) => serve(ws, socket, session, hub, logger))
  }

  /** Handles one upgrade for us. No failure in it may end the host's process. */
  async function take(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Node has removed its own error listener. Without ours, a reset by the peer would end the process.
    socket.on('error', (error) => logger.debug({ err: error }, 'The socket of an upgrade reported an error.'))
    const own = ownPath(request)
    try {
      if (parts.closing()) refuse(socket, 503)
      else if (own === MQTT_PATH) broker.handleUpgrade?.(request, socket, head)
      else await pushes(request, socket, head)
    } catch (error) {
      logger.error({ err: error, path: own }, 'A WebSocket was not opened. See the error.')
      socket.destroy()
    }
  }

  const taker = {
    claims: (request: IncomingMessage) => ownPath(request) !== null,
    take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void take(request, socket, head),
  }

  return {
    learn: mounts.learn,
    attach(server, mount) {
      mounts.learn(mount ?? '')
      if (!attached.has(server)) attached.set(server, takeUpgrades(server, taker))
    },
    close() {
      for (const stop of attached.values()) stop()
      attached.clear()
    },
  }
}

/**
 * The paths under which this platform is reachable, learned from the requests that arrive. An upgrade does not say
 * where the platform is mounted. With this list, `/drones/api/v1/ws` is known to be ours and `/chat/api/v1/ws` is not.
 */
interface Mounts {
  learn(mount: string): void
  /** Which of our own paths this is, below any mount; null: the path is not ours. */
  find<Own extends string>(path: string, own: readonly Own[]): Own | null
}

/**
 * A host has only a few mounts, but a pattern such as `/:tenant` must not let this list grow without limit. The mount
 * that was not used for the longest time is removed. Pilot always loads its page shortly before it opens a WebSocket,
 * so its mount is in the list.
 */
const MOST = 64

function createMounts(first: readonly string[]): Mounts {
  const known = new LruMap<string, true>(MOST)
  for (const mount of first) known.set(fold(mount), true)
  return {
    learn(given) {
      known.set(fold(given), true)
    },
    find(given, own) {
      const path = fold(given)
      for (const mount of known.keys()) {
        if (!path.startsWith(mount)) continue
        const below = given.slice(mount.length)
        const found = own.find((candidate) => candidate === below)
        if (found !== undefined) return found
      }
      return null
    },
  }
}

/** Express ignores upper and lower case in a mount, so spellings of the same mount must count as one here. */
const fold = (path: string): string => path.toLowerCase()

function locate(url = '/'): { readonly path: string; readonly query: URLSearchParams } {
  const mark = url.indexOf('?')
  const path = normalizePath(mark === -1 ? url : url.slice(0, mark))
  return { path, query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)) }
}

const PHRASES: Readonly<Record<number, string>> = { 401: 'Unauthorized', 503: 'Service Unavailable' }

/** Answers and closes. Otherwise, a peer that does not close its side would keep the socket open forever. */
function refuse(socket: Duplex, status: number): void {
  const retry = status === 503 ? 'Retry-After: 5\r\n' : ''
  const head = `HTTP/1.1 ${status} ${PHRASES[status] ?? 'Error'}\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`
  socket.once('finish', () => socket.destroy())
  socket.end(head)
}
