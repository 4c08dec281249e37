import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { loadDependency } from '../../../core/packages.ts'
import type { Guest } from './front.ts'

export interface Upgrader {
  /** @param guest of the broker's own port; undefined on the host's HTTP server */
  upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array, guest?: Guest): void
  close(): void
}

/**
 * MQTT 3.1 has its own name. A client that sends no name is accepted too, because it is not known which name Pilot
 * sends.
 */
const PROTOCOLS = ['mqtt', 'mqttv3.1'] as const

/** MQTT over WebSocket on an HTTP server that calls `upgrade`. Browsers close a socket whose subprotocol is not confirmed. */
export async function createUpgrader(
  maxMessageBytes: number,
  accept: (conn: Duplex, socket: Socket, request: IncomingMessage, guest?: Guest) => void,
): Promise<Upgrader> {
  const { WebSocketServer, createWebSocketStream } = await loadDependency(() => import('ws'), 'ws')
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
  })
  return {
    upgrade(request, socket, head, guest) {
      server.handleUpgrade(request, socket, Buffer.from(head), (websocket) => {
        // The stream removes its error listener after the first error.
        websocket.on('error', () => undefined)
        const conn = createWebSocketStream(websocket)
        // Node passes a net.Socket (a TLSSocket is one too). Other streams have no count of bytes.
        accept(conn, socket instanceof Socket ? socket : request.socket, request, guest)
      })
    },
    close: () => server.close(),
  }
}
