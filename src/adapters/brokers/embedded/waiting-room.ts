/** A connection that has not said who it is, or whose answer is still being looked for. */
export interface Waiting {
  spoke(): void
  move(network: string): void
  /** It had to make way. */
  dropped(): boolean
  /** It waits no longer. Can be called again. */
  leave(): void
}

export interface WaitingRoom {
  /** The newest always finds a place: when the room is full, another one has to go. Null: there is no room at all. */
  enter(network: string, drop: () => void): Waiting | null
  /** A controller came from here: from now on strangers go before those of this network. */
  welcome(network: string): void
}

/** Networks that are remembered; about 1 MiB. */
const MOST_KNOWN = 10_000
/** So much of the room may be held by known networks before they are treated like all others. */
const KNOWN_SHARE = 0.25

interface Group {
  readonly silent: Set<Entry>
  readonly talking: Set<Entry>
}

interface Entry {
  network: string
  silent: boolean
  gone: boolean
  dropped: boolean
  readonly drop: () => void
}

const sizeOf = ({ silent, talking }: Group): number => silent.size + talking.size

/**
 * Who waits, by network. A full room takes the next one all the same, and closes the one that has waited longest without
 * a word among those of the network that has most: so one address, however many connections it opens, displaces its own.
 * Networks that controllers have come from keep their places as long as strangers can go instead.
 * @param size places
 */
export function createWaitingRoom(size: number): WaitingRoom {
  const groups = new Map<string, Group>()
  const known = new Set<string>()
  let held = 0
  let heldByKnown = 0

  function put(entry: Entry): void {
    const group = groups.get(entry.network) ?? { silent: new Set(), talking: new Set() }
    groups.set(entry.network, group)
    group[entry.silent ? 'silent' : 'talking'].add(entry)
    held += 1
    if (known.has(entry.network)) heldByKnown += 1
  }

  function take(entry: Entry): void {
    const group = groups.get(entry.network)
    if (group === undefined || !(group.silent.delete(entry) || group.talking.delete(entry))) return
    if (sizeOf(group) === 0) groups.delete(entry.network)
    held -= 1
    if (known.has(entry.network)) heldByKnown -= 1
  }

  function largest(fits: (network: string) => boolean): Group | null {
    let found: Group | null = null
    for (const [network, group] of groups) {
      if (fits(network) && (found === null || sizeOf(group) > sizeOf(found))) found = group
    }
    return found
  }

  function makeWay(): void {
    const strangers = heldByKnown <= size * KNOWN_SHARE ? largest((network) => !known.has(network)) : null
    const group = strangers ?? largest(() => true)
    const entry = group?.silent.values().next().value ?? group?.talking.values().next().value
    if (entry === undefined) return
    entry.gone = true
    entry.dropped = true
    take(entry)
    entry.drop()
  }

  function remember(network: string, add: boolean): void {
    const group = groups.get(network)
    if (known.has(network) !== add && group !== undefined) heldByKnown += add ? sizeOf(group) : -sizeOf(group)
    known.delete(network)
    if (add) known.add(network)
  }

  return {
    enter(network, drop) {
      if (size < 1) return null
      if (held >= size) makeWay()
      const entry: Entry = { network, silent: true, gone: false, dropped: false, drop }
      put(entry)
      return {
        spoke() {
          if (entry.gone || !entry.silent) return
          take(entry)
          entry.silent = false
          put(entry)
        },
        move(to) {
          if (entry.gone) return
          take(entry)
          entry.network = to
          put(entry)
        },
        dropped: () => entry.dropped,
        leave() {
          if (entry.gone) return
          entry.gone = true
          take(entry)
        },
      }
    },
    welcome(network) {
      remember(network, true)
      const [oldest] = known
      if (known.size > MOST_KNOWN && oldest !== undefined) remember(oldest, false)
    },
  }
}
