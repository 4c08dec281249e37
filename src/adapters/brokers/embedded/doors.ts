import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { BrokerHost } from '../../../core/ports/broker.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { FrontParts, Guest } from './front.ts'
import { type Listener, startListener } from './listener.ts'
import { type BrokerPort, type EmbeddedBrokerOptions, mayFallBack } from './options.ts'
import type { Place } from './place.ts'
import type { ProxyRule } from './proxy-options.ts'
import { certificateName, DEFAULT_TLS_PORT, tlsServerOptions } from './tls.ts'

/** Every port that the broker listens on. Null: not open. */
export interface Doors {
  readonly tcp: number | null
  readonly tls: number | null
  readonly websocket: number | null
  /** Takes no more connections. Resolves when the last one is closed. */
  close(): Promise<void>
  /** Closes what is left, without a word. */
  drop(): void
}

export async function openDoors(parts: {
  readonly options: EmbeddedBrokerOptions
  readonly place: Place
  /** Of the platform; undefined: what NODE_ENV says. */
  readonly environment?: BrokerHost['environment'] | undefined
  readonly handshakeMs: number
  readonly logger: Logger
  readonly proxyRule: (port: BrokerPort) => ProxyRule
  readonly enter: FrontParts['enter']
  readonly refused: FrontParts['refused']
  readonly take: (conn: Duplex, socket: Socket, guest: Guest, certificate: string | null) => void
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Uint8Array, guest: Guest) => void
}): Promise<Doors> {
  const { options, place, logger, proxyRule, enter, refused, take, upgrade } = parts
  const { environment = process.env.NODE_ENV } = parts
  const { tls } = options
  const open: Listener[] = []
  const secure = tls === undefined ? null : tlsServerOptions(tls, parts.handshakeMs)
  const mutual = tls?.clientAuth !== undefined

  async function listen(
    name: BrokerPort,
    more: Omit<Parameters<typeof startListener>[0], 'host' | 'logger' | 'front'>,
  ): Promise<number> {
    const front = { proxy: proxyRule(name), waitMs: parts.handshakeMs, logger, enter, refused }
    const listener = await startListener({ host: place.host, logger, front, ...more })
    open.push(listener)
    return listener.port
  }
  const close = async (): Promise<void> => {
    await Promise.all(open.map((listener) => listener.close()))
  }
  const drop = (): void => {
    for (const listener of open) listener.drop()
  }

  try {
    const tcp =
      place.port === null
        ? null
        : await listen('tcp', {
            port: place.port,
            option: place.option,
            fallback: !place.named && mayFallBack(options, environment),
            accept: (socket, guest) => take(socket, socket, guest, null),
          })
    const encrypted =
      secure === null
        ? null
        : await listen('tls', {
            port: tls?.port ?? DEFAULT_TLS_PORT,
            option: 'embeddedBroker({ tls: { port } })',
            fallback: false,
            tls: secure,
            accept: (socket, guest) =>
              take(socket, socket, guest, mutual ? certificateName(socket as TLSSocket) : null),
          })
    const websocket =
      options.websocketPort === undefined
        ? null
        : await listen('websocket', {
            port: options.websocketPort,
            option: 'embeddedBroker({ websocketPort })',
            fallback: false,
            tls: secure,
            accept: () => undefined,
            upgrade,
          })
    return { tcp, tls: encrypted, websocket, close, drop }
  } catch (error) {
    const closed = close()
    drop()
    await closed
    throw error
  }
}

export const describeDoors = ({ tcp, tls, websocket }: Doors): string =>
  [
    ...(tcp === null ? [] : [`MQTT on port ${tcp}`]),
    ...(tls === null ? [] : [`MQTT over TLS on port ${tls}`]),
    ...(websocket === null ? [] : [`MQTT over WebSocket on port ${websocket}`]),
  ].join(', ')
