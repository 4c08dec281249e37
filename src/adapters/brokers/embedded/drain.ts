import type { Socket } from 'node:net'

/** The part of an aedes client that waits for a peer with a full receive buffer. */
export interface Draining {
  readonly conn: { readonly destroyed: boolean }
  /** Runs from the first write that found the buffer full until everything is written. */
  _drainTimer: NodeJS.Timeout | null
  waitForDrain(done: () => void): void
  /** Closes the connection. */
  _handleDrainTimeout(): void
}

/**
 * A client has this many times the limit to take everything, even if it reads slowly, because the waiting bytes use
 * memory.
 */
const MOST = 5

/**
 * Closes a connection if its client has taken nothing within the limit, or not everything within five times the limit.
 * aedes alone would close it if not everything is written within the limit. That would also close a client that reads
 * all the time over a slow network. And after this process was busy for that time it would close all clients, because
 * timers run before sockets.
 * @param taken how many bytes the client has taken so far
 * @param limitMs as given to aedes
 */
export function closeByProgress(client: Draining, taken: () => number, limitMs: number): void {
  const wait = client.waitForDrain
  const close = client._handleDrainTimeout
  let before = 0
  let periods = 0

  client.waitForDrain = (done) => {
    if (client._drainTimer === null) {
      before = taken()
      periods = 0
    }
    wait.call(client, done)
  }

  const look = (): void => {
    const now = taken()
    periods += 1
    if (now === before || periods >= MOST) close.call(client)
    else client._drainTimer = setTimeout(() => client._handleDrainTimeout(), limitMs).unref()
    before = now
  }

  client._handleDrainTimeout = () => {
    const timer = client._drainTimer
    // Let Node handle the sockets first.
    setImmediate(() => {
      if (client._drainTimer === timer && !client.conn.destroyed) look()
    })
  }
}

/** Inner fields of a socket of Node: bytes written in all, and those of them that still wait. The socket timeout of Node reads the same. */
interface Handle {
  readonly bytesWritten?: number
  readonly writeQueueSize?: number
}

/** The bytes that a client has taken. Bytes in the buffers of both operating systems count as taken. */
export function takenBy(socket: Socket): number {
  const { bytesWritten = 0, writeQueueSize = 0 } =
    (socket as unknown as { _handle?: Handle | null })._handle ?? {}
  return bytesWritten - writeQueueSize
}
