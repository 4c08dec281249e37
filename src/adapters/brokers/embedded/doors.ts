import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket, TlsOptions } from 'node:tls'
import type { BrokerHost, ListenWish } from '../../../core/ports/broker.ts'
import type { Logger } from '../../../core/ports/logger.ts'
import type { FrontParts, Guest } from './front.ts'
import { type Listener, startListener } from './listener.ts'
import {
  type BrokerTls,
  DEFAULT_PORT,
  DEFAULT_TLS_PORT,
  type EmbeddedBrokerOptions,
  mayFallBack,
} from './options.ts'
import type { BrokerPort, ProxyRule } from './proxy-protocol.ts'

/** The ports that the broker listens on. Null: not open. */
export interface Doors {
  readonly tcp: number | null
  readonly tls: number | null
  readonly websocket: number | null
  /** Accepts no more connections. Resolves when the last one is closed. */
  close(): Promise<void>
  /** Closes connections on which MQTT has not begun. */
  drop(): void
}

export async function openDoors(parts: {
  readonly options: EmbeddedBrokerOptions
  readonly place: Place
  /** That of the platform. @default NODE_ENV */
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

/** Where the broker listens without encryption. */
export interface Place {
  readonly host: string | undefined
  /** Null: the broker does not listen without encryption, because the encrypted port replaces the plain one. */
  readonly port: number | null
  /** An option names this port, so no other may be used. */
  readonly named: boolean
  /** The option to change, for the error when the port cannot be opened. */
  readonly option: string
  /** Warnings about options that contradict each other. */
  readonly ignored: readonly string[]
}

/** The place that `embeddedBroker({ host, port })` names, or else `mqtt.host` and `mqtt.port` of the platform. */
export function placeOf(
  { host, port, tls }: Pick<EmbeddedBrokerOptions, 'host' | 'port' | 'tls'>,
  wish: ListenWish = {},
): Place {
  const ignored: string[] = []
  if (port !== undefined && wish.port !== undefined && port !== wish.port)
    ignored.push(
      `The option mqtt.port ${wish.port} is ignored, because embeddedBroker({ port: ${port} }) names another port. Remove one of them.`,
    )
  if (host !== undefined && wish.host !== undefined && host !== wish.host)
    ignored.push(
      `The option mqtt.host ${wish.host} is ignored, because embeddedBroker({ host: '${host}' }) names another address. Remove one of them.`,
    )
  const where = { host: host ?? wish.host, ignored }
  if (port !== undefined) return { ...where, port, named: true, option: 'embeddedBroker({ port })' }
  // Somebody who has set up encryption does not expect an open port without it.
  if (tls !== undefined) {
    if (wish.port !== undefined)
      ignored.push(
        'The option mqtt.port is ignored: it is for MQTT without encryption, and embeddedBroker({ tls }) closes that port. Remove it, set tls.port, or open the plain port too with embeddedBroker({ tls, port }).',
      )
    return { ...where, port: null, named: false, option: 'embeddedBroker({ port })' }
  }
  return { ...where, port: wish.port ?? DEFAULT_PORT, named: wish.port !== undefined, option: 'mqtt.port' }
}

/** The common name in the client's certificate, or '' without a certificate. No serial number is ''. */
export function certificateName(socket: TLSSocket): string {
  const name = socket.getPeerCertificate().subject?.CN
  return typeof name === 'string' ? name : ''
}

const tlsServerOptions = ({ cert, key, clientAuth }: BrokerTls, handshakeTimeout: number): TlsOptions => ({
  cert: text(cert),
  key: text(key),
  minVersion: 'TLSv1.2',
  handshakeTimeout,
  ...(clientAuth === undefined
    ? {}
    : { ca: text(clientAuth.ca), requestCert: true, rejectUnauthorized: true }),
})

const text = (pem: string | Uint8Array): string =>
  typeof pem === 'string' ? pem : Buffer.from(pem).toString('utf8')
