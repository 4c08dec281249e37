/*
 * One aircraft may have two controllers (facts D3). One gateway holds it: it is shown there, commands go there. Others of the
 * same workspace that name it in their topology are linked to it. Here is decided who holds it, and who may speak for it.
 */

/** The holder reports every two seconds (facts D2). With three reports missing, another one that reports is taken instead. */
export const PATIENCE_MS = 6_000

/** A gateway beside one aircraft. */
export interface Party {
  readonly gateway: string
  /** Who is logged in on it. Empty: not known. */
  readonly userId: string
  /** It is online, or expected back after a restart of the platform. */
  readonly live: boolean
  /** When it last reported for the aircraft; before its first report, when it was linked. ms since the epoch. */
  readonly lastAt: number
}

/** `silent`: may not speak for it. `speaks`: its reports are taken. `takes`: its next report makes it the holder. */
export type Standing = 'silent' | 'speaks' | 'takes'

/** Users that are not known are never the same one. */
export const isSameUser = (one: string, other: string): boolean => one !== '' && one === other

/** Whom a device waits for, so that nobody else takes it in a pause of the radio, of the network or of the platform. */
export interface Reservation {
  /** Empty: a broker elsewhere did not tell who it is. */
  readonly userId: string
  /** Empty: not known, as after a restart. */
  readonly sessionId: string
  readonly workspaceId: string
  /** The controller that it was live at; of a controller itself its own serial number. */
  readonly gateway: string
  /** ms since the epoch */
  readonly until: number
}

/** Whether an aircraft that waits may be had by this controller. Without a known user it is known by its serial number. */
export function mayHave(
  reserved: Reservation | null,
  { gateway, userId }: Pick<Party, 'gateway' | 'userId'>,
): boolean {
  if (reserved === null || isSameUser(userId, reserved.userId)) return true
  return gateway === reserved.gateway && (userId === '' || reserved.userId === '')
}

export interface Situation {
  readonly party: Party
  /** The aircraft's. Null: it waits for nobody. */
  readonly reserved: Reservation | null
  /** Null: nobody holds it. */
  readonly holder: Party | null
  /** The aircraft, at its holder. */
  readonly isOnline: boolean
  readonly now: number
  /** The option `presence.silenceSeconds` in milliseconds; 0: a silent holder keeps it while it is live. */
  readonly silenceMs: number
}

export function standingOf({ party, holder, reserved, isOnline, now, silenceMs }: Situation): Standing {
  if (holder?.gateway === party.gateway) return 'takes'
  if (!mayHave(reserved, party)) return 'silent'
  if (holder === null || !holder.live) return 'takes'
  const quietMs = now - holder.lastAt
  if (isSameUser(party.userId, holder.userId)) return isOnline && quietMs <= PATIENCE_MS ? 'speaks' : 'takes'
  return silenceMs > 0 && quietMs > silenceMs ? 'takes' : 'silent'
}

/**
 * Whether naming an aircraft in a topology is enough to hold it. It never takes one away that is online elsewhere, and
 * nothing at all from a live controller of another user, or from one that it waits for: anybody can name anything.
 */
export function takesByNaming({ party, holder, reserved, isOnline }: Situation): boolean {
  if (holder?.gateway === party.gateway) return true
  if (!mayHave(reserved, party)) return false
  if (holder === null || !holder.live) return true
  return !isOnline && isSameUser(party.userId, holder.userId)
}

/**
 * Who holds it when the holder goes, so that the aircraft stays online: a live controller of the same user, of several the
 * one that reported last. Null: none. Another user's has to report first.
 */
export function successorOf(leaving: Party, linked: readonly Party[]): Party | null {
  let best: Party | null = null
  for (const party of linked) {
    if (party.gateway === leaving.gateway || !party.live || !isSameUser(party.userId, leaving.userId))
      continue
    if (best === null || party.lastAt > best.lastAt) best = party
  }
  return best
}

/** How one node says that it has something online. */
export interface Tenure {
  readonly gateway: string
  /** ms since the epoch */
  readonly onlineSince: number
  /** How often it has changed its gateway since then. */
  readonly handovers: number
}

/**
 * Two nodes have the same aircraft online, since their words crossed: both have to keep the same one. A hold that has
 * moved replaces the one that it was moved from; otherwise the earlier one stays.
 */
export function outranks(one: Tenure, other: Tenure): boolean {
  if (one.handovers !== other.handovers) return one.handovers > other.handovers
  if (one.onlineSince !== other.onlineSince) return one.onlineSince < other.onlineSince
  return one.gateway < other.gateway
}
