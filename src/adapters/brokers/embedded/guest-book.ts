import type { Socket } from 'node:net'
import type { Guest } from './front.ts'

/** Which guest a socket is of, also when TLS has been put over it and only the new socket is at hand. */
export interface GuestBook {
  enter(socket: Socket, guest: Guest): void
  /** Null: it is gone. */
  find(socket: Socket): Guest | null
}

/** Both ends of a connection; no two that are open on one port have the same. */
const endsOf = (socket: Socket): string | null =>
  socket.remotePort === undefined
    ? null
    : `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`

export function createGuestBook(): GuestBook {
  const guests = new Map<string, Guest>()
  return {
    enter(socket, guest) {
      const ends = endsOf(socket)
      if (ends === null) return void socket.destroy()
      guests.set(ends, guest)
      socket.once('close', () => {
        // The same ends may have been used again before this was heard of.
        if (guests.get(ends) === guest) guests.delete(ends)
      })
    },
    find(socket) {
      const ends = endsOf(socket)
      return ends === null ? null : (guests.get(ends) ?? null)
    },
  }
}
