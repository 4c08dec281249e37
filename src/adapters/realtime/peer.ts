import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Logger, Session } from '../../core/ports/index.ts'
import type { Hub } from '../../core/realtime/hub.ts'

/** How often a socket is pinged, ms. Pilot's own keep-alive is unknown (facts K5); a proxy often cuts after 60 s. */
const PING_EVERY = 30_000

/**
 * Gives an accepted WebSocket to the hub, and keeps it alive.
 * @param socket the network socket of the WebSocket, so that many messages are written at once
 */
export function serve(ws: WebSocket, socket: Duplex, session: Session, hub: Hub, logger: Logger): void {
  const leave = hub.join(session, {
    get bufferedAmount() {
      return ws.bufferedAmount
    },
    send: (text) => ws.send(text, { binary: false }),
    sendAll(messages) {
      socket.cork()
      for (const message of messages) ws.send(message, { binary: false })
      socket.uncork()
    },
    close: (code, reason) => ws.close(code, reason),
  })
  let alive = true
  const ping = setInterval(() => {
    if (!alive) return ws.terminate()
    alive = false
    ws.ping()
  }, PING_EVERY)
  ping.unref()
  ws.on('pong', () => {
    alive = true
  })
  ws.on('message', () => {
    alive = true
  })
  ws.on('error', (error) => logger.debug({ err: error }, 'A WebSocket reported an error.'))
  ws.on('close', () => {
    clearInterval(ping)
    leave()
  })
}
