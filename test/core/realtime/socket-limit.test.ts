import { expect, test } from 'vitest'
import { createHub, createSocketLimit, type Peer, SOCKETS } from '../../../src/core/realtime/hub.ts'
import { manualClock } from '../../support/clock.ts'
import { sessionOf } from '../../support/sessions.ts'

/** Sockets by session, such as `a1`; all are of one user, capitals of another. */
function comeAndGo(sockets: string, perSession: number, perUser: number): string[] {
  const limit = createSocketLimit<string>({ perSession, perUser })
  const counts = new Map<string, number>()
  const gone: string[] = []
  for (const id of sockets) {
    const count = (counts.get(id) ?? 0) + 1
    counts.set(id, count)
    const userId = id === id.toLowerCase() ? 'u1' : 'u2'
    const old = limit.add({ id, userId }, `${id}${count}`)
    if (old === null) continue
    gone.push(old)
    limit.remove({ id: old[0] ?? '', userId }, old)
  }
  return gone
}

test.each<[string, string, number, number, string[]]>([
  ['as many as a session may have', 'aaabbb', 3, 100, []],
  ['the oldest of the session goes', 'aaaaabb', 3, 100, ['a1', 'a2']],
  ['of a user: the oldest of the session that has most', 'baaac', 100, 4, ['a1']],
  ['so one controller more, and one more, take from it', 'aaaabcd', 100, 4, ['a1', 'a2', 'a3']],
  ['another user is counted alone', 'aaaBBB', 100, 3, []],
])('%s', (_, sockets, perSession, perUser, gone) => {
  expect(comeAndGo(sockets, perSession, perUser)).toEqual(gone)
})

test('what is gone counts no more', () => {
  const limit = createSocketLimit<number>({ perSession: 1, perUser: 1 })
  const session = { id: 'a', userId: 'u1' }
  for (let socket = 0; socket < 10; socket += 1) {
    expect(limit.add(session, socket)).toBeNull()
    limit.remove(session, socket)
    limit.remove(session, socket)
  }
})

test('the hub closes the oldest socket of a session that opens too many, and pushes to the others', () => {
  const hub = createHub(manualClock())
  const closed: number[] = []
  const told: number[] = []
  const peer = (name: number): Peer => ({
    bufferedAmount: 0,
    send: () => void told.push(name),
    sendAll: () => undefined,
    close: (code) => void closed.push(name, code),
  })
  const session = sessionOf(0)
  const names = Array.from({ length: SOCKETS.perSession + 1 }, (_, index) => index)
  for (const name of names) hub.join(session, peer(name))
  expect(closed).toEqual([0, 1013])
  expect(hub.size).toBe(SOCKETS.perSession)
  hub.push(session.workspaceId, { biz_code: 'device_online', data: {} })
  expect(told).toEqual(names.slice(1))
})
