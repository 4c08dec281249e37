import type { Principal } from '../ports/broker.ts'
import type { Envelope } from './messages.ts'
import type { RateKind } from './rates.ts'
import { type ProductTopic, parseProductTopic } from './topics.ts'

/** A message of a gateway that was read. */
export interface Mail {
  readonly principal: Principal
  /** The principal's gateway, known by now. */
  readonly gateway: string
  readonly topic: ProductTopic
  readonly name: string
  readonly envelope: Envelope
  /** The whole message. */
  readonly body: Readonly<Record<string, unknown>>
}

/** Undefined: it has been dealt with. */
export type Work = Promise<void> | undefined

/** @param isOnline false: a controller that has told no topology yet, and may talk all the same */
export type Handler = (mail: Mail, isOnline: boolean) => Work

/** What a topic asks for. */
export interface Route {
  readonly topic: ProductTopic
  /** Undefined: it is OSD. */
  readonly handler: Handler | undefined
  readonly counted: RateKind | undefined
  /** For the count of messages: such as `thing/osd`, or `plugin`. */
  readonly metric: string
}

/** Counted before a message is read: reading is what costs. A topology that is dropped gets no answer, so Pilot says it again. */
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

/** Topics whose reading is kept: those of thousands of controllers. Only those that may be published come here. */
const MAX_KNOWN_TOPICS = 20_000

/** @returns what a topic asks for; null: nothing. Each topic is read once. */
export function createGatewayRoutes(parts: {
  /** By topic, such as `thing/events`. OSD has none. */
  readonly handlers: Readonly<Record<string, Handler>>
  /** For topics of plugins. */
  readonly ofPlugin: Handler
  readonly isOfPlugin: (kind: string) => boolean
}): (name: string) => Route | null {
  const { handlers, ofPlugin, isOfPlugin } = parts
  const routes = new Map<string, Route>()

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
    const known = routes.get(name)
    if (known !== undefined) return known
    const route = read(name)
    if (route === null) return null
    if (routes.size >= MAX_KNOWN_TOPICS) routes.clear()
    routes.set(name, route)
    return route
  }
}
