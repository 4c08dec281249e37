import type { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

const UPGRADE_HEADERS: ReadonlySet<string> = new Set(['connection', 'upgrade', 'http2-settings'])

/**
 * Gives a request that asks for an upgrade back to its server as an ordinary one. Without any upgrade listener that is
 * what Node itself does (clients such as the JDK's ask for h2c with every request); with ours alone, the host's routes
 * must not notice it.
 */
export function handBack(
  server: EventEmitter,
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(index, index + 2)
    if (!UPGRADE_HEADERS.has(name.toLowerCase())) lines.push(`${name}: ${value}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  const event = socket instanceof TLSSocket ? 'secureConnection' : 'connection'
  // Only Node's own listener gets it again: the host's own `connection` counters have already counted this connection.
  const serve = server.listeners(event).find(({ name }) => name === 'connectionListener')
  if (serve === undefined) server.emit(event, socket)
  else serve.call(server, socket)
}
