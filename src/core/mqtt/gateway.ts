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
import { createRates, RATES, type RateKind, type Rates } from './rates.ts'
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
   * @returns resolves when the message has been handled; undefined: it is handled already
   */
  receive(message: InboundMessage): Promise<void> | undefined
}

const TOO_MUCH = `data: more than is kept of one device (${MAX_KEPT_BYTES / 1024} KiB)`

const HANDLED: Work = undefined

/** Checks and parses every message of a gateway. OSD is handled here, all others by the conversation. */
export function createGatewayProtocol(parts: GatewayProtocolParts): GatewayProtocol {
  const { registry, telemetry, emit, clock, logger, rates = createRates(clock) } = parts

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

  /** Most messages are OSD, so this function makes no promise and no copy. */
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
    // The embedded broker has checked this already. An external broker may not have.
    if (topic.serial !== gateway && !registry.access(gateway).has(topic.serial)) {
      invalid(principal, name, 'topic: not a device of this gateway')
      return HANDLED
    }
    // If this message were handled after the gateway went offline, the gateway would be shown as online again.
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
          'A message of a controller was not handled, because of an error in this platform. See the error.',
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
  /** The name in the count of messages, such as `thing/osd`, or `plugin`. */
  readonly metric: string
}

/**
 * Messages are counted before parsing, because parsing is the expensive part. A topology that is dropped gets no
 * answer, so Pilot sends it again.
 */
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

/**
 * How many topics are kept with their route: enough for thousands of controllers. It limits the memory. For other
 * topics the route is read from the topic with each message. That costs about 0.3 microseconds more.
 */
const MAX_KNOWN_TOPICS = 20_000

/** @returns a function that returns the route of a topic; null: messages on it are ignored */
function createRoutes(parts: {
  readonly handlers: Readonly<Record<string, Handler>>
  readonly ofPlugin: Handler
  readonly isOfPlugin: (kind: string) => boolean
}): (name: string) => Route | null {
  const { handlers, ofPlugin, isOfPlugin } = parts
  const known = new Map<string, Route>()

  function read(name: string): Route | null {
    const topic = parseProductTopic(name)
    if (topic === null) return null
    const kind = `${topic.root}/${topic.suffix}`
    const handler = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined
    if (handler !== undefined || kind === 'thing/osd')
      return { topic, handler, counted: COUNTED[kind], metric: kind }
    return isOfPlugin(kind) ? { topic, handler: ofPlugin, counted: 'plugin topics', metric: 'plugin' } : null
  }

  return (name) => {
    const kept = known.get(name)
    if (kept !== undefined) return kept
    const route = read(name)
    if (route !== null && known.size < MAX_KNOWN_TOPICS) known.set(name, route)
    return route
  }
}
