import type { Socket } from 'node:net'

/** The part of an aedes client that waits for a peer with a full receive buffer. */
export interface Draining {
  readonly conn: { readonly destroyed: boolean }
  /** Runs from the first write that found the buffer full until all is written. */
  _drainTimer: NodeJS.Timeout | null
  waitForDrain(done: () => void): void
  /** Closes the connection. */
  _handleDrainTimeout(): void
}

/** So many times the limit is what a peer has to take everything, however slowly it reads: what waits for it is memory. */
const MOST = 5

/**
 * aedes closes a peer when not everything has been written to it in the time of the limit. That also hits one which reads all the time over a
 * slow link, and everybody at once after this process was busy for that long: the timer is then handled before the sockets are. Here the
 * connection is closed when the peer has taken nothing in that time, or not everything in five times as long.
 * @param taken how many bytes the peer has taken so far
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
    // After the sockets have had their turn.
    setImmediate(() => {
      if (client._drainTimer === timer && !client.conn.destroyed) look()
    })
  }
}

/** What Node keeps of a socket: bytes given to the system or waiting there, and those that wait. Node's own socket timeout looks at the same. */
interface Handle {
  readonly bytesWritten?: number
  readonly writeQueueSize?: number
}

/** The bytes that a peer has taken, up to what its system and ours buffer. */
export function takenBy(socket: Socket): number {
  const { bytesWritten = 0, writeQueueSize = 0 } =
    (socket as unknown as { _handle?: Handle | null })._handle ?? {}
  return bytesWritten - writeQueueSize
}
