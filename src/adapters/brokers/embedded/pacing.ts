import type { Duplex } from 'node:stream'
import type { Clock } from '../../../core/ports/clock.ts'
import type { AedesClient } from './aedes.ts'

/** How long one connection may work before all others have a turn, ms. */
export const TURN_MS = 2
/** How long all waiting connections together may work before Node looks at the network again, ms. */
const ROUND_MS = 8
/**
 * The first slice: how many bytes are parsed at once, about thirty short packets. While packets are cheap, the slice
 * grows up to `MAX_SLICE`.
 */
const SLICE = 1_024
const MAX_SLICE = 8 * SLICE

/**
 * Makes aedes read in slices, and only while it is this connection's turn. By itself aedes reads all bytes that have
 * arrived, and Node offers up to 2 MiB of one socket at once. So one controller within its limits delayed all others by
 * half a second. Bytes that are not read yet stay in the socket. The sender then slows down, and nothing is lost.
 * @param clock one that never goes back
 * @returns when parsing of the current slice began: one look at the clock for all packets in it
 */
export function paceReading(client: AedesClient, conn: Duplex, turn: Turn, clock: Clock): () => number {
  const parser = client._parser
  const read = conn.read.bind(conn)
  const parse = parser.parse.bind(parser)
  let busy = false
  let slice = SLICE
  let begin = clock.now()

  function goOn(): void {
    // If aedes is paused or works on a packet, it continues to read by itself afterwards.
    if (!conn.destroyed && client._paused !== true && client._parsingBatch <= 0) client._nextBatch()
  }

  /** A long packet is read as far as it has arrived, because collecting its parts costs nothing. */
  function sliceSize(): number {
    const missing = (parser.packet?.length ?? 0) - (parser._list?.length ?? 0)
    return Math.max(slice, missing)
  }

  conn.read = (wanted?: number) => {
    // Node asks with 0 to fill its buffer. This takes no bytes.
    if (wanted === 0) return read(0)
    // aedes asks again while it gets the packets of a slice one by one.
    if (busy) return null
    if (conn.readableLength > 0 && !turn.isOpen()) {
      turn.wait(goOn)
      return null
    }
    const size = sliceSize()
    // Only a read without a size notices the end of the stream.
    return conn.readableLength <= size ? read() : read(size)
  }

  parser.parse = (bytes) => {
    busy = true
    begin = clock.now()
    try {
      return parse(bytes)
    } finally {
      busy = false
      const took = clock.now() - begin
      turn.spend(took)
      slice = took > TURN_MS / 2 ? SLICE : Math.min(MAX_SLICE, slice * 2)
      if (conn.readableLength > 0) turn.wait(goOn)
    }
  }
  return () => begin
}

/** One connection's share of the process. */
export interface Turn {
  /** False: its time is used up. It has to wait until all other connections had a turn. */
  isOpen(): boolean
  spend(ms: number): void
  /** Calls `work` once, when the connection has a turn again. */
  wait(work: () => void): void
}

/**
 * Shares one thread between connections by the time that each of them uses. Only the time shows what a packet costs.
 * @returns makes the share of one connection
 */
export function createTurns(parts: {
  /** One that never goes back. */
  readonly clock: Clock
  /** Calls `run` after Node has looked at the network, as `setImmediate` does. */
  readonly later: (run: () => void) => void
}): () => Turn {
  const { clock, later } = parts
  const waiting = new Map<object, () => void>()
  let epoch = 0
  let isSet = false

  function next(): void {
    if (isSet) return
    isSet = true
    later(round)
  }

  function round(): void {
    isSet = false
    epoch += 1
    const end = clock.now() + ROUND_MS
    for (const [one, work] of [...waiting]) {
      // Deleted first, so that a connection that waits again goes to the end of the queue.
      waiting.delete(one)
      work()
      if (clock.now() >= end) break
    }
    if (waiting.size > 0) next()
  }

  return () => {
    const key = {}
    let mine = -1
    let spent = 0
    return {
      isOpen() {
        if (mine !== epoch) {
          mine = epoch
          spent = 0
          next()
        }
        return spent < TURN_MS
      },
      spend(ms) {
        spent += ms
      },
      wait(work) {
        waiting.set(key, work)
        next()
      },
    }
  }
}
