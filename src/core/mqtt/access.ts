import type { AccessDecision, AccessDenial, AccessList, PrincipalKind } from '../ports/broker.ts'
import { OWN_TOPICS, type TopicTable, topicOf } from './topic-table.ts'
import { hasWildcard, isTopicFilter, isTopicName, parseProductTopic } from './topics.ts'

/**
 * All facts that the decision needs. `aircraft`: serial numbers that this gateway named and that belong to its
 * workspace.
 */
export interface Access {
  readonly kind: PrincipalKind
  /** Null: the credential binds to the first gateway that it names. */
  readonly gateway: string | null
  /** The only gateways that it may bind to. Absent: any. */
  readonly only?: ReadonlySet<string>
  readonly aircraft: ReadonlySet<string>
  /** Serial numbers that this gateway named too, but that a controller of another user has online. */
  readonly silent?: ReadonlySet<string>
}

/** `bind`: allowed after the credential is bound to this serial number, and only then. */
export type TopicDecision = AccessDecision | { readonly allow: true; readonly bind: string }

export const ALLOW: AccessDecision = Object.freeze({ allow: true })

const refusals = new Map<AccessDenial, AccessDecision>()

/** One frozen object for each reason, because this runs for every packet. */
export function deny(reason: AccessDenial): AccessDecision {
  let decision = refusals.get(reason)
  if (decision === undefined) {
    decision = Object.freeze({ allow: false, reason })
    refusals.set(reason, decision)
  }
  return decision
}

const isReserved = (topic: string): boolean => topic.charCodeAt(0) === 36 // `$`: $SYS, $share, $queue, $CONTROL

/** @param table lists what may be published */
export function decidePublish(
  access: Access,
  topic: string,
  retain: boolean,
  table: TopicTable = OWN_TOPICS,
): TopicDecision {
  if (isReserved(topic)) return deny('reserved')
  if (!isTopicName(topic)) return deny(hasWildcard(topic) ? 'wildcard' : 'foreign')
  if (retain) return deny('retained')
  const parsed = parseProductTopic(topic)
  if (parsed === null) return deny('foreign')
  const kind = `${parsed.root}/${parsed.suffix}`
  if (access.gateway === null) {
    // OSD, state and events may come from an aircraft. If the credential were bound to the aircraft, the gateway could
    // not use it.
    return table.tying.has(kind) ? tie(access, parsed.serial) : deny('unbound')
  }
  if (parsed.serial === access.gateway) return table.gateway.has(kind) ? ALLOW : deny('not_listed')
  if (access.aircraft.has(parsed.serial)) return table.aircraft.has(kind) ? ALLOW : deny('not_listed')
  return denyForeign(access, parsed.serial)
}

/** Wildcards are allowed after the serial number. The serial number itself must be written out. */
export function decideSubscribe(access: Access, filter: string): TopicDecision {
  if (isReserved(filter)) return deny('reserved')
  const parsed = isTopicFilter(filter) ? parseProductTopic(filter) : null
  if (parsed === null) return deny(hasWildcard(filter) ? 'wildcard' : 'foreign')
  if (access.gateway === null) return tie(access, parsed.serial)
  return owns(access, parsed.serial) ? ALLOW : denyForeign(access, parsed.serial)
}

/**
 * Checks each message before it is delivered, because brokers restore subscriptions that were never granted (facts
 * brokers 1).
 */
export function decideForward(access: Access, topic: string): boolean {
  if (access.gateway === null || isReserved(topic)) return false
  const parsed = parseProductTopic(topic)
  return parsed !== null && owns(access, parsed.serial)
}

/** A will is a publish that happens later, so it must be allowed now. */
export const decideWill = (
  access: Access,
  will: { readonly topic: string; readonly retain: boolean },
  table: TopicTable = OWN_TOPICS,
): TopicDecision => decidePublish(access, will.topic, will.retain, table)

const denyForeign = ({ silent }: Access, serial: string): AccessDecision =>
  deny(silent?.has(serial) === true ? 'in_use' : 'foreign')

const tie = (access: Access, serial: string): TopicDecision =>
  access.only?.has(serial) === false ? deny('not_listed_gateway') : { allow: true, bind: serial }

const owns = (access: Access, serial: string): boolean =>
  serial === access.gateway || access.aircraft.has(serial)

/** The same decisions as a list, for brokers that get their rules in advance. Everything else is denied. */
export function accessList(
  gateway: string,
  aircraft: Iterable<string>,
  table: TopicTable = OWN_TOPICS,
): AccessList {
  const publish = [...table.gateway].map((kind) => topicOf(kind, gateway))
  const subscribe = own(gateway)
  for (const serial of aircraft) {
    publish.push(...[...table.aircraft].map((kind) => topicOf(kind, serial)))
    subscribe.push(...own(serial))
  }
  return { publish, subscribe }
}

const own = (serial: string): string[] => [`sys/product/${serial}/#`, `thing/product/${serial}/#`]
