import { LruMap } from '../lru-map.ts'

/** How a ring chooses between members that have had the same number of turns. */
export interface RingOrder<Item> {
  /** If several groups have the turn: the one that began to wait first, or last. */
  readonly first: 'oldest' | 'newest'
  /** How many turns an item has to wait longer than others; 0: none. */
  readonly heldBack: (item: Item) => number
}

/** Waiting items in groups that take turns, as a tree. A path leads from the widest group to the source of an item. */
export interface Ring<Item> {
  put(path: readonly string[], item: Item): void
  /** Takes out the item whose turn it is. */
  take(): Item | undefined
  /** Takes this item out without using a turn of its groups. */
  drop(path: readonly string[], item: Item): void
  /** The item to give up: the last one of the most crowded group, and there of its most crowded member. */
  last(): Item | undefined
  waitingOf(path: readonly string[]): number
  size(): number
  /** Forgets all turns, if nothing waits. */
  forget(): void
}

interface Member<Item> {
  readonly group: Group<Item>
  /** The round of its next turn. */
  turn: number
  /** Decides among members with the same turn: the order in which they began to wait. */
  order: number
}

interface Group<Item> {
  readonly members: Map<string, Member<Item>>
  /** For a source only; the oldest first. */
  readonly items: Item[]
  /** The next turns of members that do not wait. */
  readonly remembered: TurnMemory
  /**
   * The round of the newest turn. A new member begins in this round, so it gets no turns for the time before it came.
   */
  round: number
  /** Waiting items of this group and of all groups inside it. */
  size: number
}

/** Bounds the memory of a group. The oldest are forgotten, and then they are like new ones. */
const MOST_REMEMBERED = 10_000

/** The next turns of names. */
export type TurnMemory = LruMap<string, number>
export const newTurnMemory = (): TurnMemory => new LruMap(MOST_REMEMBERED)

const newGroup = <Item>(): Group<Item> => ({
  ...{ members: new Map(), items: [], remembered: newTurnMemory(), round: 0, size: 0 },
})

export function createRing<Item>({ first, heldBack }: RingOrder<Item>): Ring<Item> {
  let root: Group<Item> = newGroup()
  let count = 0

  /** The turn of the least delayed item in a group. */
  function leastHeldBack({ items, members }: Group<Item>): number {
    let least = Number.POSITIVE_INFINITY
    for (const item of items) {
      least = Math.min(least, heldBack(item))
      // The usual case, so that a long queue is not walked for every job.
      if (least === 0) return 0
    }
    for (const { group } of members.values()) {
      least = Math.min(least, leastHeldBack(group))
      if (least === 0) return 0
    }
    return least
  }
  type Compare = (a: Member<Item>, b: Member<Item>, round: number) => number
  const turnOf = ({ turn, group }: Member<Item>, round: number): number =>
    Math.max(turn, round + leastHeldBack(group))
  const sooner: Compare = (a, b, round) =>
    turnOf(a, round) - turnOf(b, round) || (first === 'newest' ? b.order - a.order : a.order - b.order)
  const later: Compare = (a, b, round) => b.group.size - a.group.size || sooner(b, a, round)

  function enter(group: Group<Item>, name: string): Member<Item> {
    const waits = group.members.get(name)
    if (waits !== undefined) return waits
    const turn = Math.max(group.remembered.peek(name) ?? 0, group.round)
    const member = { group: newGroup<Item>(), turn, order: ++count }
    group.remembered.delete(name)
    group.members.set(name, member)
    return member
  }

  /** Counts one item less on the way to its source. */
  function leave(path: readonly string[], isTurn: boolean): void {
    let group = root
    group.size -= 1
    for (const name of path) {
      const member = group.members.get(name)
      if (member === undefined) return
      if (isTurn) {
        group.round = Math.max(group.round, member.turn)
        member.turn += 1
        // It goes behind all other members of its next round.
        member.order = first === 'newest' ? -++count : ++count
      }
      member.group.size -= 1
      if (member.group.size === 0) {
        group.members.delete(name)
        if (member.turn > group.round) group.remembered.set(name, member.turn)
        return
      }
      group = member.group
    }
  }

  /** At each level takes the member that `compare` sorts first, down to a source. */
  function follow(compare: Compare): readonly [string[], Group<Item>] {
    const path: string[] = []
    let group = root
    while (group.members.size > 0) {
      let chosen: readonly [string, Member<Item>] | undefined
      for (const entry of group.members)
        if (chosen === undefined || compare(entry[1], chosen[1], group.round) < 0) chosen = entry
      if (chosen === undefined) break
      path.push(chosen[0])
      group = chosen[1].group
    }
    return [path, group]
  }

  const find = (path: readonly string[]): Group<Item> | undefined =>
    path.reduce<Group<Item> | undefined>((group, name) => group?.members.get(name)?.group, root)

  return {
    put(path, item) {
      let group = root
      group.size += 1
      for (const name of path) {
        group = enter(group, name).group
        group.size += 1
      }
      group.items.push(item)
    },
    take() {
      const [path, source] = follow(sooner)
      const least = leastHeldBack(source)
      const place = source.items.findIndex((item) => heldBack(item) === least)
      const [item] = place === -1 ? [] : source.items.splice(place, 1)
      if (item !== undefined) leave(path, true)
      return item
    },
    drop(path, item) {
      const source = find(path)
      const place = source?.items.indexOf(item) ?? -1
      if (place === -1) return
      source?.items.splice(place, 1)
      leave(path, false)
    },
    last: () => follow(later)[1].items.at(-1),
    waitingOf: (path) => find(path)?.items.length ?? 0,
    size: () => root.size,
    forget() {
      if (root.size === 0) root = newGroup()
    },
  }
}
