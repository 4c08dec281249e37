import type { InboundMessage, Principal } from '../ports/broker.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { Session } from '../ports/sessions.ts'
import type { Publisher } from './publisher.ts'

/** How long a workspace is taken for a gateway's without asking again. Milliseconds. */
const TRUST_MS = 30_000
/** The oldest are forgotten beyond this: a bound on memory, far above any fleet. */
const MAX_ADMITTED = 100_000
/** Lookups at once; more than that is a flood, and its messages are dropped. */
const MAX_WAITING = 1_000

export interface Origin {
  /** Calls `take` with the gateway that this message comes from, or null, in the order of the messages. */
  trace(message: Pick<InboundMessage, 'topic' | 'payload'>, take: (principal: Principal | null) => void): void
  /** The broker has said whose connection this is: better than what records say. */
  learn(principal: Principal): void
  forget(principal: Principal): void
  /** The broker has asked whether to let this one in: better than who was last given a credential. */
  admitted(principal: Principal): void
}

/**
 * Brokers elsewhere do not say who published. The topic names the gateway, or an aircraft that we have learned for one;
 * the workspace is the one that holds the gateway. Nobody holds it: it never had a credential of ours.
 */
export function createOrigin(parts: {
  readonly publisher: Pick<Publisher, 'of'>
  readonly devices: Pick<DeviceStore, 'holder'>
  /** The session that last got a credential for this gateway here; null: before our time. */
  readonly sessionOf: (gateway: string) => Pick<Session, 'id' | 'userId'> | null
  readonly now: () => number
  readonly failed: (error: unknown) => void
}): Origin {
  const { publisher, devices, sessionOf, now, failed } = parts
  const told = new Map<string, Principal>()
  const recorded = new Map<string, { readonly principal: Principal; readonly until: number }>()
  const waiting = new Map<string, Promise<void>>()
  const lastIn = new Map<string, Pick<Session, 'id' | 'userId'>>()

  function atHand(gateway: string): Principal | null {
    const known = told.get(gateway)
    if (known !== undefined) return known
    const record = recorded.get(gateway)
    return record !== undefined && record.until > now() ? record.principal : null
  }

  async function lookUp(gateway: string): Promise<Principal | null> {
    const known = atHand(gateway)
    if (known !== null) return known
    const workspaceId = await devices.holder(gateway)
    const before = recorded.get(gateway)?.principal
    recorded.delete(gateway)
    if (workspaceId === null) return null
    const { id: sessionId, userId } = lastIn.get(gateway) ?? sessionOf(gateway) ?? { id: '', userId: '' }
    const same = before?.workspaceId === workspaceId && before.sessionId === sessionId
    const principal: Principal = same
      ? before
      : { kind: 'gateway', sessionId, userId, workspaceId, credentialId: `broker.${gateway}`, gateway }
    recorded.set(gateway, { principal, until: now() + TRUST_MS })
    return principal
  }

  return {
    trace(message, take) {
      const gateway = publisher.of(message)
      if (gateway === null) return take(null)
      const ahead = waiting.get(gateway)
      const known = ahead === undefined ? atHand(gateway) : null
      if (known !== null) return take(known)
      if (ahead === undefined && waiting.size >= MAX_WAITING) return take(null)
      const turn = (ahead ?? Promise.resolve())
        .then(() => lookUp(gateway))
        .catch((error: unknown) => {
          failed(error)
          return null
        })
        .then(take)
        .finally(() => {
          if (waiting.get(gateway) === turn) waiting.delete(gateway)
        })
      waiting.set(gateway, turn)
    },
    admitted({ gateway, sessionId: id, userId }) {
      if (gateway === null) return
      if (lastIn.get(gateway)?.id !== id) recorded.delete(gateway)
      lastIn.delete(gateway)
      lastIn.set(gateway, { id, userId })
      if (lastIn.size > MAX_ADMITTED) lastIn.delete(lastIn.keys().next().value ?? '')
    },
    learn(principal) {
      if (principal.gateway !== null) told.set(principal.gateway, principal)
    },
    forget(principal) {
      if (principal.gateway !== null && told.get(principal.gateway) === principal)
        told.delete(principal.gateway)
    },
  }
}
