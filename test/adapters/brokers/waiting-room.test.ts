import { describe, expect, it } from 'vitest'
import {
  createLimiter,
  createWaitingRoom,
  type Waiting,
  type WaitingRoom,
} from '../../../src/adapters/brokers/embedded/limiter.ts'

/** Who waits, and who had to go, by name: `A3` is the third of network A. */
function openRoom(size: number) {
  const room: WaitingRoom = createWaitingRoom(size)
  const counts = new Map<string, number>()
  const here = new Map<string, Waiting>()
  const gone: string[] = []
  return {
    room,
    gone,
    here: () => [...here.keys()],
    /** Comes, and says something when the name is in capitals. */
    come(networks: string): void {
      for (const letter of networks.split('')) {
        const network = letter.toUpperCase()
        const name = `${network}${(counts.get(network) ?? 0) + 1}`
        counts.set(network, (counts.get(network) ?? 0) + 1)
        const waiting = room.enter(network, () => {
          here.delete(name)
          gone.push(name)
        })
        if (waiting === null) gone.push(name)
        else here.set(name, waiting)
        if (letter === network) waiting?.spoke()
      }
    },
    leave(name: string): void {
      here.get(name)?.leave()
      here.delete(name)
    },
    move: (name: string, network: string) => here.get(name)?.move(network),
  }
}

describe('the waiting room', () => {
  it.each<[string, number, string, string[]]>([
    ['holds as many as it may', 4, 'aabb', []],
    ['one that floods displaces its own', 4, 'aaaaaaa', ['A1', 'A2', 'A3']],
    ['and lets another one in', 4, 'aaaab', ['A1']],
    ['the network that has most goes first, whoever comes', 6, 'aaabbc' + 'c', ['A1']],
    ['until all have the same: then the one that is longest here', 4, 'aabbc', ['A1']],
    ['who has said nothing goes before who has', 4, 'Aaaab', ['A2']],
    ['among those who have, the oldest', 3, 'AAAB', ['A1']],
    ['a network of one is safe beside one of two', 3, 'baAc', ['A1']],
    ['no room at all', 0, 'ab', ['A1', 'B1']],
    ['room for one', 1, 'abc', ['A1', 'B1']],
  ])('%s', (_, size, comers, gone) => {
    const room = openRoom(size)
    room.come(comers)
    expect(room.gone).toEqual(gone)
    expect(room.here().length).toBe(comers.length - gone.length)
  })

  it('2,000 of one address leave room for 99 others, and for 99 of the same address', () => {
    const room = openRoom(2_000)
    room.come('a'.repeat(2_000))
    for (let each = 0; each < 99; each += 1) room.come(String.fromCharCode(0x4e00 + each))
    room.come('A'.repeat(99))
    expect(new Set(room.gone.map((name) => name[0]))).toEqual(new Set(['A']))
    for (let last = 2_001; last <= 2_099; last += 1) expect(room.here()).toContain(`A${last}`)
  })

  it('known networks keep their places while strangers can go', () => {
    const room = openRoom(8)
    room.room.welcome('K')
    room.come('kkaaaaaa')
    // One of each from here on: K has the most.
    room.come('bcdefg')
    room.come('hij')
    expect(room.gone.filter((name) => name.startsWith('K'))).toEqual([])
    expect(room.here()).toHaveLength(8)
  })

  it('but no more than a quarter of the room: a flood from there is a flood', () => {
    const room = openRoom(8)
    room.room.welcome('K')
    room.come('kkkkkkab')
    room.come('cd')
    expect(room.gone).toEqual(['K1', 'K2'])
  })

  it('a network that becomes known, and one that is forgotten, are counted right', () => {
    const room = openRoom(4)
    room.come('kkkk')
    room.room.welcome('K')
    room.come('a')
    expect(room.gone).toEqual(['K1'])
    // 10,000 are remembered: K is not any more.
    for (let each = 0; each < 10_000; each += 1) room.room.welcome(`N${each}`)
    room.come('b')
    expect(room.gone).toEqual(['K1', 'K2'])
    room.come('c')
    expect(room.gone).toEqual(['K1', 'K2', 'K3'])
  })

  it('one that left makes room, and leaves once', () => {
    const room = openRoom(2)
    room.come('ab')
    room.leave('A1')
    room.leave('A1')
    room.come('c')
    expect(room.gone).toEqual([])
    room.come('d')
    expect(room.gone).toEqual(['B1'])
  })

  it('one for which a balancer speaks is counted where it is', () => {
    const room = openRoom(4)
    room.come('lll')
    room.move('L1', 'A')
    room.move('L2', 'B')
    room.move('L3', 'C')
    room.come('aa')
    expect(room.gone).toEqual(['L1'])
  })
})

describe('the limiter', () => {
  const limits = { connections: 3, connectionsPerAddress: 2, unauthenticated: 2 }
  const nothing = (): void => undefined

  it.each<[string, string[], boolean[]]>([
    ['three in all', ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'], [true, true, true, false]],
    ['two of one address', ['192.0.2.1', '192.0.2.1', '192.0.2.1'], [true, true, false]],
    ['in whatever spelling', ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1:80'], [true, true, false]],
    ['two of one network', ['2001:db8::1', '2001:db8::2', '2001:db8:0:ff::3'], [true, true, false]],
  ])('%s', (_, addresses, expected) => {
    const limiter = createLimiter(limits)
    expect(addresses.map((address) => limiter.enter(address, nothing)?.admit(false))).toEqual(expected)
  })

  it('strangers use up nothing of the room of controllers', () => {
    const limiter = createLimiter(limits)
    for (let each = 0; each < 100; each += 1) limiter.enter('192.0.2.1', nothing)
    expect(limiter.enter('192.0.2.1', nothing)?.admit(false)).toBe(true)
    expect(limiter.enter('192.0.2.1', nothing)?.admit(false)).toBe(true)
  })

  it('who takes over from itself needs no place', () => {
    const limiter = createLimiter({ ...limits, connections: 1 })
    const before = limiter.enter('192.0.2.1', nothing)
    expect(before?.admit(false)).toBe(true)
    const after = limiter.enter('192.0.2.1', nothing)
    expect(after?.admit(true)).toBe(true)
    before?.leave()
    before?.leave()
    expect(limiter.enter('192.0.2.1', nothing)?.admit(false)).toBe(false)
    after?.leave()
    expect(limiter.enter('192.0.2.1', nothing)?.admit(false)).toBe(true)
  })

  it('one that had to make way is not let in afterwards', () => {
    const limiter = createLimiter({ ...limits, unauthenticated: 1 })
    const first = limiter.enter('192.0.2.1', nothing)
    limiter.enter('192.0.2.2', nothing)
    expect(first?.admit(false)).toBe(false)
  })

  it('a controller behind a balancer is counted where it is', () => {
    const limiter = createLimiter({ ...limits, connectionsPerAddress: 1 })
    for (const source of ['203.0.113.1', '203.0.113.2']) {
      const ticket = limiter.enter('10.0.0.1', nothing)
      ticket?.move(source)
      expect(ticket?.admit(false)).toBe(true)
    }
    const third = limiter.enter('10.0.0.1', nothing)
    third?.move('203.0.113.2')
    expect(third?.admit(false)).toBe(false)
  })
})
