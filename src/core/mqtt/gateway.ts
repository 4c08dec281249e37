import type { Registry } from '../devices/registry.ts'
import { MAX_KEPT_BYTES, type Telemetry } from '../devices/telemetry.ts'
import type { InboundMessage, Principal } from '../ports/broker.ts'
import {
  type ConversationParts,
  createConversation,
  type Handler,
  type Mail,
  type Work,
} from './conversation.ts'
import { parseMessage, parseOsd } from './messages.ts'
import { type ProductTopic, parseProductTopic } from './topics.ts'

export interface GatewayProtocolParts extends ConversationParts {
  readonly registry: Pick<Registry, 'learn' | 'seen' | 'access' | 'isOpen'>
  readonly telemetry: Pick<Telemetry, 'osd' | 'state'>
  /** Counts a message. @param kind such as `thing/osd`; `plugin`: on a topic of a plugin */
  readonly count?: (kind: string) => void
  /** What each gateway may send. @default RATES */
  readonly rates?: Pick<Rates, 'take'>
}

export interface GatewayProtocol {
  /**
   * For `onMessage` of the broker host. Never throws.
   * @returns resolves when the message has been handled; undefined: it already is
   */
  receive(message: InboundMessage): Promise<void> | undefined
}

const TOO_MUCH = `data: more than is kept of one device (${MAX_KEPT_BYTES / 1024} KiB)`

const HANDLED: Work = undefined

/** Checks and parses every message of a gateway. OSD is handled here, all others by the conversation. */
export function createGatewayProtocol(parts: GatewayProtocolParts): GatewayProtocol {
  const { registry, telemetry, emit, clock, logger, rates = createRates(() => clock.now()) } = parts

  const invalid = (principal: Principal | null, topic: string, reason: string): void =>
    emit('message.invalid', {
      workspaceId: principal?.workspaceId ?? null,
      gateway: principal?.gateway ?? null,
      topic,
      reason,
      at: clock.now(),
    })

  const routeOf = createRoutes({
    ...createConversation({ ...parts, invalid, tooMuch: TOO_MUCH }),
    isOfPlugin: (kind) => parts.topics?.handlerOf(kind) !== undefined,
  })

  /** By far the most messages are OSD, so this makes no promise and no copy. */
  function osd({ principal, gateway, topic, name, envelope }: Mail): void {
    const parsed = parseOsd(envelope.data)
    if (!parsed.ok) {
      invalid(principal, name, parsed.reason)
      return
    }
    if (!registry.seen(gateway, topic.serial, true)) return
    const { workspaceId } = principal
    const heard = { workspaceId, gateway, serial: topic.serial, at: clock.now(), data: parsed.value }
    if (!telemetry.osd(heard)) invalid(principal, name, TOO_MUCH)
    emit('device.osd', heard)
  }

  function isWithin(principal: Principal, gateway: string, name: string, kind: RateKind): boolean {
    const verdict = rates.take(gateway, kind)
    if (verdict.ok) return true
    const { burst, perSecond } = RATES[kind]
    if (verdict.dropped !== null)
      invalid(
        principal,
        name,
        `rate: more ${kind} than a gateway may send (${burst} at once, ${perSecond} a second); dropped: ${verdict.dropped}`,
      )
    return false
  }

  function handle(message: InboundMessage): Work {
    const { principal, topic: name } = message
    const route = routeOf(name)
    const gateway = principal?.gateway ?? null
    if (route === null || principal === null || gateway === null) return HANDLED
    const { topic, handler, counted, metric } = route
    parts.count?.(metric)
    // The embedded broker has checked this already. Brokers that others run may not have.
    if (topic.serial !== gateway && !registry.access(gateway).has(topic.serial)) {
      invalid(principal, name, 'topic: not a device of this gateway')
      return HANDLED
    }
    // Handled after the gateway went offline, this message would show it as online again.
    if (!registry.isOpen(gateway)) {
      invalid(principal, name, 'connection: is gone, or being closed')
      return HANDLED
    }
    if (counted !== undefined && !isWithin(principal, gateway, name, counted)) return HANDLED
    const parsed = parseMessage(message.payload)
    if (!parsed.ok) {
      invalid(principal, name, parsed.reason)
      return HANDLED
    }
    const { envelope, body } = parsed.value
    const { removed } = envelope
    if (removed !== undefined) invalid(principal, name, `payload: the key ${removed} was taken out`)
    const mail: Mail = { principal, gateway, topic, name, envelope, body }
    if (handler === undefined) {
      osd(mail)
      return HANDLED
    }
    return handler(mail, registry.seen(gateway, topic.serial))
  }

  return {
    receive(message) {
      const failed = (error: unknown): void =>
        logger.warn(
          { err: error, topic: message.topic },
          'A message of a controller was not handled. See the error.',
        )
      try {
        const work = handle(message)
        return work?.catch(failed)
      } catch (error) {
        failed(error)
        return HANDLED
      }
    },
  }
}

/** What is done with the messages on one topic. */
interface Route {
  readonly topic: ProductTopic
  /** Undefined: it is OSD. */
  readonly handler: Handler | undefined
  /** Undefined: the rate is not limited. */
  readonly counted: RateKind | undefined
  /** For the count of messages: such as `thing/osd`, or `plugin`. */
  readonly metric: string
}

/** Counted before parsing, because parsing is what costs. A topology that is dropped gets no answer, so Pilot sends it again. */
const COUNTED: Readonly<Record<string, RateKind>> = {
  'sys/status': 'topologies',
  'thing/status': 'topologies',
  'thing/requests': 'requests',
  'thing/events': 'events',
  'thing/state': 'states',
  'thing/osd': 'osd',
  'thing/services_reply': 'replies',
  'thing/property/set_reply': 'replies',
  'thing/drc/up': 'DRC messages',
  'sys/network/probe': 'probes',
}

/** @returns gives the route of a topic; null: nothing is done with it. Parsing a topic costs no more than to remember it. */
function createRoutes(parts: {
  readonly handlers: Readonly<Record<string, Handler>>
  readonly ofPlugin: Handler
  readonly isOfPlugin: (kind: string) => boolean
}): (name: string) => Route | null {
  const { handlers, ofPlugin, isOfPlugin } = parts
  return (name) => {
    const topic = parseProductTopic(name)
    if (topic === null) return null
    const kind = `${topic.root}/${topic.suffix}`
    const handler = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined
    if (handler !== undefined || kind === 'thing/osd')
      return { topic, handler, counted: COUNTED[kind], metric: kind }
    return isOfPlugin(kind) ? { topic, handler: ofPlugin, counted: 'plugin topics', metric: 'plugin' } : null
  }
}

/** A token bucket: how many messages at once, and how many a second after that. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

export type RateKind =
  | 'topologies'
  | 'requests'
  | 'events'
  | 'states'
  | 'osd'
  | 'replies'
  | 'DRC messages'
  | 'probes'
  | 'plugin topics'

/**
 * What one gateway may send, far above what Pilot does (facts D2, D3, D5): a topology when a link comes or goes, and every few
 * seconds while it is not answered; OSD of two devices at 0.5 Hz; states on change; an event for each file of a flight; a reply
 * for each command; over DRC, the position and the obstacles around the aircraft several times a second.
 */
export const RATES: Readonly<Record<RateKind, Rate>> = {
  topologies: { burst: 10, perSecond: 1 },
  requests: { burst: 50, perSecond: 10 },
  events: { burst: 200, perSecond: 20 },
  states: { burst: 200, perSecond: 20 },
  osd: { burst: 500, perSecond: 50 },
  replies: { burst: 200, perSecond: 20 },
  'DRC messages': { burst: 1_000, perSecond: 100 },
  probes: { burst: 200, perSecond: 20 },
  'plugin topics': { burst: 200, perSecond: 20 },
}

/** How often the same excess is reported, ms. */
const TOLD_EVERY = 10_000
/** Buckets of one kind. Above that, those that are full again are forgotten. */
const MAX_BUCKETS = 100_000

interface Bucket {
  left: number
  at: number
  dropped: number
  toldAt: number
}

/** `dropped`: how many since the last report; null: do not report it now. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly dropped: number | null }

const OK: Verdict = { ok: true }
const QUIETLY: Verdict = { ok: false, dropped: null }

/** Counts per gateway, over all of its connections: to reconnect gives nothing back. */
export function createRates(now: () => number, rates: Readonly<Record<RateKind, Rate>> = RATES) {
  /** By kind, then by gateway: a key made of both would be a new text for each message. */
  const buckets: Record<RateKind, Map<string, Bucket>> = {
    topologies: new Map(),
    requests: new Map(),
    events: new Map(),
    states: new Map(),
    osd: new Map(),
    replies: new Map(),
    'DRC messages': new Map(),
    probes: new Map(),
    'plugin topics': new Map(),
  }

  function forget(kind: RateKind, at: number): void {
    const { burst, perSecond } = rates[kind]
    for (const [gateway, bucket] of buckets[kind])
      if (bucket.left + ((at - bucket.at) / 1000) * perSecond >= burst) buckets[kind].delete(gateway)
  }

  return {
    take(gateway: string, kind: RateKind): Verdict {
      const at = now()
      const { burst, perSecond } = rates[kind]
      const known = buckets[kind]
      let bucket = known.get(gateway)
      if (bucket === undefined) {
        if (known.size >= MAX_BUCKETS) forget(kind, at)
        bucket = { left: burst, at, dropped: 0, toldAt: Number.NEGATIVE_INFINITY }
        known.set(gateway, bucket)
      }
      // If the clock was set back, no time has passed.
      bucket.left = Math.min(burst, bucket.left + (Math.max(0, at - bucket.at) / 1000) * perSecond)
      bucket.at = at
      if (bucket.left >= 1) {
        bucket.left -= 1
        return OK
      }
      bucket.dropped += 1
      if (Math.abs(at - bucket.toldAt) < TOLD_EVERY) return QUIETLY
      const { dropped } = bucket
      bucket.toldAt = at
      bucket.dropped = 0
      return { ok: false, dropped }
    },
    size: () => Object.values(buckets).reduce((all, { size }) => all + size, 0),
  }
}

export type Rates = ReturnType<typeof createRates>
