import type { BrokerLimits } from './options.ts'

export type LedgerLimits = Pick<
  BrokerLimits,
  'sessionsPerGateway' | 'sessionsPerWorkspace' | 'queuedBytesPerGateway' | 'queuedBytesPerWorkspace'
>

export type Awaitable<Value> = Value | Promise<Value>

/** Who holds stored sessions, until when, and how much waits in them. */
export interface Ledger {
  /**
   * A session is there, until `endsAt` (ms since the epoch) unless this is called again.
   * @returns sessions that have to end for it: the first to end of those that nobody is connected to
   */
  keep(id: string, endsAt: number, isLive: (id: string) => boolean): Awaitable<readonly string[]>
  forget(id: string): Awaitable<void>
  /** Sessions whose time is up. */
  due(now: number): Awaitable<readonly string[]>
  /** False: one of the quotas has no room for so many bytes more. */
  reserve(id: string, bytes: number): Awaitable<boolean>
  release(id: string, bytes: number): Awaitable<void>
}

/** Of an id as `ownedId` makes it. Names in it have no slash. */
export function holdersOf(id: string): { readonly workspace: string; readonly owner: string } {
  const first = id.indexOf('/')
  const second = id.indexOf('/', first + 1)
  const workspace = id.slice(0, Math.max(0, first))
  // Without credentials of its own, each client is its own holder: many controllers share such an account.
  const alone = second < 0 || workspace === 'anonymous' || workspace === 'legacy'
  return { workspace, owner: alone ? id : id.slice(0, second) }
}

interface Holder {
  readonly sessions: Set<string>
  bytes: number
}

interface Session {
  readonly owner: string
  readonly workspace: string
  endsAt: number
  bytes: number
}

export function memoryLedger(limits: LedgerLimits): Ledger & { readonly size: () => number } {
  const sessions = new Map<string, Session>()
  const owners = new Map<string, Holder>()
  const workspaces = new Map<string, Holder>()

  function holder(of: Map<string, Holder>, name: string): Holder {
    let found = of.get(name)
    if (found === undefined) {
      found = { sessions: new Set(), bytes: 0 }
      of.set(name, found)
    }
    return found
  }

  function firstToEnd(of: Holder, except: string, isLive: (id: string) => boolean): string | null {
    let first: string | null = null
    let at = Number.POSITIVE_INFINITY
    for (const id of of.sessions) {
      const { endsAt } = sessions.get(id) as Session
      if (id === except || endsAt >= at || isLive(id)) continue
      first = id
      at = endsAt
    }
    return first
  }

  function add(session: Session, bytes: number): void {
    session.bytes += bytes
    holder(owners, session.owner).bytes += bytes
    holder(workspaces, session.workspace).bytes += bytes
  }

  return {
    keep(id, endsAt, isLive) {
      const known = sessions.get(id)
      if (known !== undefined) {
        known.endsAt = endsAt
        return []
      }
      const { owner, workspace } = holdersOf(id)
      sessions.set(id, { owner, workspace, endsAt, bytes: 0 })
      const [own, all] = [holder(owners, owner), holder(workspaces, workspace)]
      own.sessions.add(id)
      all.sessions.add(id)
      const first =
        own.sessions.size > limits.sessionsPerGateway
          ? firstToEnd(own, id, isLive)
          : all.sessions.size > limits.sessionsPerWorkspace
            ? (firstToEnd(own, id, isLive) ?? firstToEnd(all, id, isLive))
            : null
      return first === null ? [] : [first]
    },
    forget(id) {
      const session = sessions.get(id)
      if (session === undefined) return
      add(session, -session.bytes)
      sessions.delete(id)
      for (const [of, name] of [
        [owners, session.owner],
        [workspaces, session.workspace],
      ] as const) {
        const found = of.get(name)
        found?.sessions.delete(id)
        if (found?.sessions.size === 0) of.delete(name)
      }
    },
    due(now) {
      const found: string[] = []
      for (const [id, { endsAt }] of sessions) if (endsAt <= now) found.push(id)
      return found
    },
    reserve(id, bytes) {
      const session = sessions.get(id)
      if (session === undefined) return false
      const used = holder(owners, session.owner).bytes + bytes
      const all = holder(workspaces, session.workspace).bytes + bytes
      if (used > limits.queuedBytesPerGateway || all > limits.queuedBytesPerWorkspace) return false
      add(session, bytes)
      return true
    },
    release(id, bytes) {
      const session = sessions.get(id)
      if (session !== undefined) add(session, -Math.min(bytes, session.bytes))
    },
    size: () => sessions.size,
  }
}
