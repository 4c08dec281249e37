import type { EventEmitter } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { Http2SecureServer } from 'node:http2'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/** Any emitter of `upgrade`: a server of `node:http` or `node:https`, or one of `node:http2` with `allowHTTP1`. */
export type UpgradeServer = Server | Http2SecureServer

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

export interface Taker {
  /** Whether this request is for the platform. Must be fast and change nothing. */
  readonly claims: (request: IncomingMessage) => boolean
  /** Answers it. Called once for each socket, and no other listener sees this upgrade. */
  readonly take: UpgradeListener
}

interface Gate {
  readonly takers: Set<Taker>
  /** True if the server has our listener. Without any listener, Node handles upgrades as ordinary requests. */
  ensure(): void
  remove(): void
}

/** Servers with a gate. Each server has one gate, even if several clouds share the server. */
const GATES = new WeakMap<UpgradeServer, Gate>()

/** Marks our listener, also for a second copy of this package (ESM beside CommonJS) on the same server. */
const OURS = Symbol.for('dji-cloud.upgrade-listener')

/**
 * Takes upgrades before any listener of this server sees them. Some WebSocket servers refuse or forward every path that
 * they do not know. They would do that with our socket, and with the token in its address. Upgrades that no taker
 * claims go to the server's listeners, as if this gate did not exist.
 * @returns a function that stops it, and leaves the server as it was before
 */
export function takeUpgrades(server: UpgradeServer, taker: Taker): () => void {
  let gate = GATES.get(server)
  if (gate === undefined) {
    gate = createGate(server)
    GATES.set(server, gate)
  }
  const { takers, ensure, remove } = gate
  takers.add(taker)
  ensure()
  return () => {
    takers.delete(taker)
    if (takers.size > 0) return
    GATES.delete(server)
    remove()
  }
}

function createGate(server: UpgradeServer): Gate {
  const takers = new Set<Taker>()
  /** If a host calls our listener itself, we must not answer a second time. */
  const taken = new WeakSet<Duplex>()

  const claimant = (request: IncomingMessage): Taker | undefined =>
    [...takers].find((taker) => taker.claims(request))

  function offer(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const taker = claimant(request)
    if (taker === undefined) return false
    if (!taken.has(socket)) {
      taken.add(socket)
      taker.take(request, socket, head)
    }
    return true
  }

  const listener: UpgradeListener & { [OURS]?: true } = (request, socket, head) => {
    if (!offer(request, socket, head) && isLastOfOurs(server, listener))
      handBack(server, request, socket, head)
  }
  listener[OURS] = true

  const ensure = (): void => {
    if (takers.size > 0 && !server.listeners('upgrade').includes(listener))
      server.prependListener('upgrade', listener)
  }
  // Some hosts remove all listeners of the server before they add their own.
  const onRemoved = (event: string | symbol, removed: unknown): void => {
    if (event === 'upgrade' && removed === listener) process.nextTick(ensure)
  }
  server.on('removeListener', onRemoved)

  const undo = [
    replace(server, 'emit', (inner) => (event: unknown, ...rest: unknown[]) => {
      // `emit` is typed for all events; these are the arguments of `upgrade`.
      if (event === 'upgrade' && offer(...(rest as Parameters<UpgradeListener>))) return true
      return inner(event, ...rest)
    }),
    // In Node 24 a host can choose which upgrades it wants, but it cannot know about ours.
    replace(
      server,
      'shouldUpgradeCallback',
      (inner) => (request: unknown) =>
        claimant(request as IncomingMessage) !== undefined || inner(request) === true,
    ),
  ]

  return {
    takers,
    ensure,
    remove() {
      for (const put of undo) put()
      server.off('removeListener', onRemoved)
      server.off('upgrade', listener)
    },
  }
}

type Method = (...given: unknown[]) => unknown

/**
 * Replaces a method of the server by one that calls the original. It looks the original up at every call, so that a later
 * change of the prototype still works. Does nothing if the server has no such method.
 * @returns a function that removes it; if other code has replaced the method since then, ours stays and only passes calls on
 */
function replace(server: UpgradeServer, name: string, make: (inner: Method) => Method): () => void {
  const methods = server as unknown as Record<string, Method | undefined>
  const own = Object.getOwnPropertyDescriptor(server, name)
  if (typeof methods[name] !== 'function') return () => undefined
  const inner: Method = (...given) =>
    ((own?.value ?? Object.getPrototypeOf(server)[name]) as Method).apply(server, given)
  const made = make(inner)
  let active = true
  const method: Method = (...given) => (active ? made : inner)(...given)
  Object.defineProperty(server, name, {
    value: method,
    configurable: true,
    writable: true,
    enumerable: own?.enumerable ?? false,
  })
  return () => {
    active = false
    if (methods[name] !== method) return
    delete methods[name]
    if (own !== undefined) Object.defineProperty(server, name, own)
  }
}

/** True: the server has only our own listeners, and this is the one that runs last. */
function isLastOfOurs(server: UpgradeServer, listener: UpgradeListener): boolean {
  const listeners: readonly object[] = server.listeners('upgrade')
  const last: object = listener
  return listeners.every((one) => OURS in one) && listeners.at(-1) === last
}

const UPGRADE_HEADERS: ReadonlySet<string> = new Set(['connection', 'upgrade', 'http2-settings'])

/**
 * Gives a request that asks for an upgrade back to its server as an ordinary one. Without any upgrade listener that is
 * what Node itself does (clients such as the JDK's ask for h2c with every request); with ours alone, the host's routes
 * must not notice it.
 */
function handBack(server: EventEmitter, request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
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
