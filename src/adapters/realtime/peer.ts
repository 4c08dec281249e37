import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Logger, Session } from '../../core/ports/index.ts'
import type { Hub } from '../../core/realtime/hub.ts'
import { textFrames } from './frames.ts'

/** How often a socket is pinged, ms. Pilot's own keep-alive is unknown (facts K5); a proxy often cuts after 60 s. */
const PING_EVERY = 30_000

/**
 * The bytes of the messages that all sockets of a workspace get in one tick. They are made once: with 20 sockets and 10
 * messages, one message at a time took most of the server's time.
 */
const framesOfTick = new WeakMap<readonly Uint8Array[], Buffer>()

function framesOf(messages: readonly Uint8Array[]): Buffer {
  let frames = framesOfTick.get(messages)
  if (frames === undefined) {
    frames = textFrames(messages)
    framesOfTick.set(messages, frames)
  }
  return frames
}

/**
 * Gives an accepted WebSocket to the hub, and keeps it alive.
 * @param socket the network socket of the WebSocket. Frames can be written to it directly, because nothing is compressed: `ws` then writes each of
 * its own frames at once, and whole.
 */
export function serve(ws: WebSocket, socket: Duplex, session: Session, hub: Hub, logger: Logger): void {
  const leave = hub.join(session, {
    get bufferedAmount() {
      return ws.bufferedAmount
    },
    send: (text) => ws.send(text, { binary: false }),
    sendAll(messages) {
      // After the close frame, nothing more may be sent.
      if (ws.readyState === ws.OPEN) socket.write(framesOf(messages))
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
