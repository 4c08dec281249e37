/** Who publishes on a topic of plugins. `device`: the controller or its aircraft. `cloud`: the platform, and devices subscribe. */
export type Publisher = 'gateway' | 'device' | 'cloud'

/** Topics of a device as `{root}/{suffix}`, such as `thing/osd`: what may be published, and for which device. */
export interface TopicTable {
  /** Messages that a gateway sends only about itself. An unbound credential may be bound by them (facts D2). */
  readonly tying: ReadonlySet<string>
  /** With the gateway's own serial number. */
  readonly gateway: ReadonlySet<string>
  /**
   * With the serial number of the aircraft. Its gateway reports for it, but never sends replies or requests in its
   * name.
   */
  readonly aircraft: ReadonlySet<string>
}

/** A message on a topic of a plugin. */
export interface TopicMessage {
  readonly workspaceId: string
  readonly gateway: string
  /** In the topic: the gateway, or its aircraft. */
  readonly serial: string
  /** Such as `thing/payload/report`. */
  readonly topic: string
  /** The JSON object that was published. */
  readonly message: Readonly<Record<string, unknown>>
}

/** Never rejects. */
export type TopicHandler = (message: TopicMessage) => Promise<void>

/** The topics of this platform: those of the Cloud API and those of its plugins. */
export interface OpenTopicTable extends TopicTable {
  /**
   * Call it before the broker starts, because external brokers get their topics then.
   * @param handle what is done with a message of a device
   */
  add(kind: string, publisher: Publisher, handle?: TopicHandler): void
  handlerOf(kind: string): TopicHandler | undefined
}

const TYING: readonly string[] = [
  'sys/status',
  'thing/status',
  'thing/requests',
  'thing/services_reply',
  'thing/property/set_reply',
  'thing/drc/up',
]

const OF_BOTH: readonly string[] = ['sys/network/probe', 'thing/osd', 'thing/state', 'thing/events']

/** What the cloud publishes. */
const DOWN: readonly string[] = [
  'sys/status_reply',
  'thing/status_reply',
  'thing/requests_reply',
  'thing/state_reply',
  'thing/events_reply',
  'thing/services',
  'thing/property/set',
  'thing/drc/down',
]

/** Topics of the Cloud API, which no plugin may take. */
export const OWN_KINDS: readonly string[] = [...TYING, ...OF_BOTH, ...DOWN]

export const OWN_TOPICS: TopicTable = {
  tying: new Set(TYING),
  gateway: new Set([...TYING, ...OF_BOTH]),
  aircraft: new Set(OF_BOTH),
}

export function createTopicTable(): OpenTopicTable {
  const gateway = new Set(OWN_TOPICS.gateway)
  const aircraft = new Set(OWN_TOPICS.aircraft)
  const handlers = new Map<string, TopicHandler>()
  return {
    tying: OWN_TOPICS.tying,
    gateway,
    aircraft,
    add(kind, publisher, handle) {
      // Topics on which the cloud publishes need no entry: a device may subscribe to all of its own topics.
      if (publisher === 'cloud') return
      gateway.add(kind)
      if (publisher === 'device') aircraft.add(kind)
      if (handle !== undefined) handlers.set(kind, handle)
    },
    handlerOf: (kind) => handlers.get(kind),
  }
}

/**
 * `thing` or `sys`, then levels that mean the same to every broker. Dots are not allowed, because RabbitMQ reads a dot
 * as a slash.
 */
const KIND = /^(?:thing|sys)(?:\/[A-Za-z0-9_-]+)+$/
const LONGEST_KIND = 128

/** What is wrong with the topic of a plugin; null: nothing. */
export function kindFault(kind: string): string | null {
  if (/[+#]/.test(kind)) return 'has a wildcard; name each topic'
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(kind))
    return "leaves the device's own topics; write thing/ or sys/ and then what follows the serial number"
  if (!KIND.test(kind) || kind.length > LONGEST_KIND)
    return "needs a form such as thing/payload/report: thing or sys, then what follows the device's serial number, of letters, digits, _ and -"
  return null
}

/** As a topic of this serial number. */
export function topicOf(kind: string, serial: string): string {
  const slash = kind.indexOf('/')
  return `${kind.slice(0, slash)}/product/${serial}${kind.slice(slash)}`
}

/**
 * Filters for everything that devices publish, and for nothing that is sent to them. An external broker passes these
 * messages on to the platform.
 */
export const upwardFilters = ({ gateway }: TopicTable): readonly string[] =>
  [...gateway].map((kind) => topicOf(kind, '+'))
