import { LruMap } from '../lru-map.ts'
import type { BrokerHost, InboundMessage, Principal } from '../ports/broker.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { Session } from '../ports/sessions.ts'
import { deny, type TopicDecision } from './access.ts'
import type { Publisher } from './publisher.ts'
import { serialOf } from './refusals.ts'
import type { Unclaimed } from './unclaimed.ts'

/** How long the workspace of a gateway is known without asking the store again. Milliseconds. */
const TRUST_MS = 30_000
/** Above this number, the oldest are forgotten. It limits the memory, and is far above any fleet. */
const MAX_ADMITTED = 100_000
/** How many look-ups may run at once. More can only be a flood, so messages above it are dropped. */
const MAX_WAITING = 1_000

export interface Origin {
  /** Calls `take` with the gateway that this message comes from, or null, in the order of the messages. */
  trace(message: Pick<InboundMessage, 'topic' | 'payload'>, take: (principal: Principal | null) => void): void
  /**
   * The broker has asked whether this client may connect. This is more certain than which session got credentials last.
   */
  admitted(principal: Principal): void
}

/**
 * External brokers do not say who published. The topic names the gateway, or an aircraft of a gateway that is known
 * here. The workspace is the one that owns the gateway. If no workspace owns it, the gateway never had credentials from
 * here.
 */
export function createOrigin(parts: {
  readonly publisher: Pick<Publisher, 'of'>
  readonly devices: Pick<DeviceStore, 'holder'>
  /** The principal of the connection that the broker has reported; undefined: it reported none. */
  readonly speaker: (gateway: string) => Principal | undefined
  /** The session that last got credentials for this gateway here; null: none since this process started. */
  readonly sessionOf: (gateway: string) => Pick<Session, 'id' | 'userId'> | null
  readonly now: () => number
  readonly failed: (error: unknown) => void
}): Origin {
  const { publisher, devices, speaker, sessionOf, now, failed } = parts
  const recorded = new Map<string, { readonly principal: Principal; readonly until: number }>()
  const waiting = new Map<string, Promise<void>>()
  const lastIn = new LruMap<string, Pick<Session, 'id' | 'userId'>>(MAX_ADMITTED)

  function atHand(gateway: string): Principal | null {
    const known = speaker(gateway)
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
    const { id: sessionId, userId } = lastIn.peek(gateway) ?? sessionOf(gateway) ?? { id: '', userId: '' }
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
      if (lastIn.peek(gateway)?.id !== id) recorded.delete(gateway)
      lastIn.set(gateway, { id, userId })
    },
  }
}

/**
 * Takes messages whose sender the broker did not name. Finds the sender, decides whether it may publish the message,
 * and delivers it.
 */
export function createUnnamed(parts: {
  readonly origin: Pick<Origin, 'trace'>
  readonly publisher: Pick<Publisher, 'isShared'>
  readonly unclaimed: Pick<Unclaimed, 'take'> | undefined
  readonly decide: (principal: Principal, topic: string) => TopicDecision
  readonly refused: BrokerHost['refused']
  readonly heard: (principal: Principal, topic: string) => void
  readonly deliver: (message: InboundMessage) => void
}): (message: InboundMessage) => void {
  const { origin, publisher, unclaimed, decide, refused, heard, deliver } = parts

  function admit(message: InboundMessage, principal: Principal | null): void {
    const { topic } = message
    if (principal === null && unclaimed?.take(message) === true) return
    // The broker accepted the message without knowing its sender. Now the sender is known, so the platform decides
    // whether it may publish this.
    const decision = principal === null ? deny('foreign') : decide(principal, topic)
    if (principal === null || !decision.allow) {
      const reason = decision.allow ? 'foreign' : decision.reason
      refused({ reason, clientId: null, address: '', topic })
      return
    }
    const serial = serialOf(topic)
    // If two gateways share the aircraft, it is not certain which one sent this. So the message does not prove that
    // either is connected.
    if (serial === principal.gateway || serial === null || !publisher.isShared(serial))
      heard(principal, topic)
    deliver({ ...message, principal })
  }

  return (message) => origin.trace(message, (principal) => admit(message, principal))
}
