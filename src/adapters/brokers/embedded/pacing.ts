import type { Duplex } from 'node:stream'
import type { AedesClient } from './aedes.ts'
import { TURN_MS, type Turn } from './turns.ts'

/** What is parsed in one go, bytes: some thirty short packets at first, more while they turn out to be cheap. */
const SLICE = 1_024
const MOST = 8 * SLICE

/**
 * Lets aedes read in slices and only while it is this connection's turn. By itself it reads all that there is, and Node offers up
 * to 2 MiB of one socket at once: one controller, inside its limits, held up everybody else for half a second. What is not read
 * yet stays in the socket, so the sender is slowed down and nothing is lost.
 * @returns when the slice that is being parsed was begun: one look at the clock for all packets in it
 */
export function paceReading(client: AedesClient, conn: Duplex, turn: Turn, now: () => number): () => number {
  const parser = client._parser
  const read = conn.read.bind(conn)
  const parse = parser.parse.bind(parser)
  let busy = false
  let slice = SLICE
  let begin = now()

  function goOn(): void {
    // Otherwise it reads on by itself: when it is resumed, or when the packet that it works on is done.
    if (!conn.destroyed && client._paused !== true && client._parsingBatch <= 0) client._nextBatch()
  }

  /** All of a long packet that has arrived: its parts cost nothing. */
  function sliceSize(): number {
    const missing = (parser.packet?.length ?? 0) - (parser._list?.length ?? 0)
    return Math.max(slice, missing)
  }

  conn.read = (wanted?: number) => {
    // Node's own look at the socket, which takes nothing.
    if (wanted === 0) return read(0)
    // aedes asks again while the packets of a slice are handed to it, one by one.
    if (busy) return null
    if (conn.readableLength > 0 && !turn.isOpen()) {
      turn.wait(goOn)
      return null
    }
    const size = sliceSize()
    // Without a size it also notices the end.
    return conn.readableLength <= size ? read() : read(size)
  }

  parser.parse = (bytes) => {
    busy = true
    begin = now()
    try {
      return parse(bytes)
    } finally {
      busy = false
      const took = now() - begin
      turn.spend(took)
      slice = took > TURN_MS / 2 ? SLICE : Math.min(MOST, slice * 2)
      if (conn.readableLength > 0) turn.wait(goOn)
    }
  }
  return () => begin
}
