import { describe, expect, it } from 'vitest'
import {
  type Access,
  decideForward,
  decidePublish,
  decideSubscribe,
  decideWill,
} from '../../../src/core/mqtt/access.ts'

const own: Access = { kind: 'gateway', gateway: 'G1', aircraft: new Set(['A1']) }
const unbound: Access = { kind: 'gateway', gateway: null, aircraft: new Set() }
const legacy: Access = { kind: 'legacy', gateway: null, only: new Set(['G1', 'G2']), aircraft: new Set() }
const verdict = (decision: ReturnType<typeof decidePublish>): string =>
  decision.allow ? ('bind' in decision ? `bind ${decision.bind}` : 'allow') : decision.reason

const PUBLISH: readonly (readonly [topic: string, verdict: string])[] = [
  // The list of facts D2, for the gateway ...
  ['sys/product/G1/status', 'allow'],
  ['sys/product/G1/network/probe', 'allow'],
  ['thing/product/G1/status', 'allow'],
  ['thing/product/G1/osd', 'allow'],
  ['thing/product/G1/state', 'allow'],
  ['thing/product/G1/events', 'allow'],
  ['thing/product/G1/requests', 'allow'],
  ['thing/product/G1/services_reply', 'allow'],
  ['thing/product/G1/property/set_reply', 'allow'],
  ['thing/product/G1/drc/up', 'allow'],
  // ... and for its aircraft.
  ['thing/product/A1/osd', 'allow'],
  ['thing/product/A1/state', 'allow'],
  ['thing/product/A1/events', 'allow'],
  ['sys/product/A1/network/probe', 'allow'],
  // Own, but not the gateway's to say.
  ['thing/product/A1/status', 'not_listed'],
  ['thing/product/A1/requests', 'not_listed'],
  ['thing/product/A1/services_reply', 'not_listed'],
  ['sys/product/A1/status', 'not_listed'],
  ['thing/product/G1/services', 'not_listed'],
  ['thing/product/G1/services_reply/x', 'not_listed'],
  ['thing/product/G1/status_reply', 'not_listed'],
  ['thing/product/G1/drc/down', 'not_listed'],
  ['thing/product/G1/property/set', 'not_listed'],
  ['thing/product/G1//osd', 'not_listed'],
  ['thing/product/G1/osd/', 'not_listed'],
  ['thing/product/G1/constructor', 'not_listed'],
  ['sys/product/G1/osd', 'not_listed'],
  // Other devices, and names that only look like one's own.
  ['thing/product/G2/osd', 'foreign'],
  ['thing/product/A2/osd', 'foreign'],
  ['thing/product/G10/osd', 'foreign'],
  ['thing/product/G/osd', 'foreign'],
  ['thing/product/g1/osd', 'foreign'],
  ['thing/product/G1', 'foreign'],
  ['thing/product/G1/', 'foreign'],
  ['thing/product//G1/osd', 'foreign'],
  ['thing/product//osd', 'foreign'],
  ['thing/product/../G1/osd', 'foreign'],
  ['/thing/product/G1/osd', 'foreign'],
  ['thing//product/G1/osd', 'foreign'],
  ['x/thing/product/G1/osd', 'foreign'],
  ['thing/product/G1\0/osd', 'foreign'],
  ['', 'foreign'],
  ['anything', 'foreign'],
  // Names that brokers keep for themselves, and no names at all.
  ['$SYS/broker/heartbeat', 'reserved'],
  ['$share/g/thing/product/G1/osd', 'reserved'],
  ['$CONTROL/dynamic-security/v1', 'reserved'],
  ['$thing/product/G1/osd', 'reserved'],
  ['thing/product/+/osd', 'wildcard'],
  ['thing/product/G1/#', 'wildcard'],
]

describe('publish', () => {
  it.each(PUBLISH)('%s: %s', (topic, expected) =>
    expect(verdict(decidePublish(own, topic, false))).toBe(expected),
  )
  it.each(PUBLISH)('nothing is retained: %s', (topic) =>
    expect(decidePublish(own, topic, true).allow).toBe(false),
  )
  it('says that it was the retain flag', () =>
    expect(verdict(decidePublish(own, 'thing/product/G1/osd', true))).toBe('retained'))
})

const SUBSCRIBE: readonly (readonly [filter: string, verdict: string])[] = [
  ['sys/product/G1/status_reply', 'allow'],
  ['thing/product/G1/services', 'allow'],
  ['thing/product/G1/property/set', 'allow'],
  ['thing/product/G1/#', 'allow'],
  ['thing/product/G1/+', 'allow'],
  ['thing/product/G1/+/set', 'allow'],
  ['sys/product/A1/#', 'allow'],
  ['thing/product/A1/services', 'allow'],
  ['thing/product/G2/services', 'foreign'],
  ['thing/product/A2/#', 'foreign'],
  ['thing/product/G10/#', 'foreign'],
  ['thing/product/G/#', 'foreign'],
  ['thing/product/G1', 'foreign'],
  ['thing/product//services', 'foreign'],
  ['', 'foreign'],
  ['#', 'wildcard'],
  ['+/#', 'wildcard'],
  ['+/product/G1/services', 'wildcard'],
  ['thing/+/G1/services', 'wildcard'],
  ['thing/product/+/services', 'wildcard'],
  ['thing/product/#', 'wildcard'],
  ['thing/product/G+/services', 'wildcard'],
  ['thing/product/G1/a#', 'wildcard'],
  ['thing/product/G1/#/x', 'wildcard'],
  ['$SYS/#', 'reserved'],
  ['$share/all/thing/product/G1/services', 'reserved'],
  ['$share/all/#', 'reserved'],
  ['$queue/thing/product/G1/services', 'reserved'],
]

describe('subscribe', () => {
  it.each(SUBSCRIBE)('%s: %s', (filter, expected) =>
    expect(verdict(decideSubscribe(own, filter))).toBe(expected),
  )
})

describe('forward', () => {
  it.each([
    ['thing/product/G1/services', true],
    ['sys/product/G1/status_reply', true],
    ['thing/product/A1/services', true],
    ['thing/product/G2/services', false],
    ['thing/product/G10/services', false],
    ['thing/product/A2/osd', false],
    ['$SYS/x/new/clients', false],
    ['anything', false],
    ['thing/product/G1', false],
  ])('%s: %s', (topic, expected) => {
    expect(decideForward(own, topic)).toBe(expected)
    expect(decideForward(unbound, topic)).toBe(false)
  })
})

describe('two gateways that claim one aircraft', () => {
  // Who may is decided elsewhere: holding.test.ts. This decision only ever sees the sets.
  const first: Access = { kind: 'gateway', gateway: 'G1', aircraft: new Set(), silent: new Set(['A1']) }
  const second: Access = { kind: 'gateway', gateway: 'G2', aircraft: new Set(['A1']) }
  it('one may speak and listen for it, the other may not', () => {
    expect(verdict(decidePublish(second, 'thing/product/A1/osd', false))).toBe('allow')
    expect(verdict(decidePublish(first, 'thing/product/A1/osd', false))).toBe('in_use')
    expect(verdict(decideSubscribe(first, 'thing/product/A1/#'))).toBe('in_use')
    expect(decideForward(first, 'thing/product/A1/services')).toBe(false)
  })
})

describe('a will', () => {
  it.each([
    ['sys/product/G1/status', false, 'allow'],
    ['sys/product/G1/status', true, 'retained'],
    ['sys/product/G2/status', false, 'foreign'],
    ['thing/product/A2/osd', false, 'foreign'],
    ['$SYS/x', false, 'reserved'],
    ['#', false, 'wildcard'],
  ])('%s, retain %s: %s', (topic, retain, expected) =>
    expect(verdict(decideWill(own, { topic, retain }))).toBe(expected),
  )
})

describe('a credential without a gateway', () => {
  it.each([
    ['sys/product/G1/status', 'bind G1'],
    ['thing/product/G1/status', 'bind G1'],
    ['thing/product/G1/requests', 'bind G1'],
    ['thing/product/G1/drc/up', 'bind G1'],
    // Could be an aircraft's: never binds.
    ['thing/product/A1/osd', 'unbound'],
    ['thing/product/A1/state', 'unbound'],
    ['thing/product/A1/events', 'unbound'],
    ['sys/product/A1/network/probe', 'unbound'],
    ['thing/product/G1/nonsense', 'unbound'],
    ['thing/product/+/status', 'wildcard'],
    ['$SYS/x', 'reserved'],
    ['anything', 'foreign'],
  ])('publish %s: %s', (topic, expected) =>
    expect(verdict(decidePublish(unbound, topic, false))).toBe(expected),
  )

  it.each([
    ['thing/product/G1/services', 'bind G1'],
    ['thing/product/G1/#', 'bind G1'],
    ['thing/product/+/services', 'wildcard'],
    ['#', 'wildcard'],
    ['$share/g/thing/product/G1/services', 'reserved'],
  ])('subscribe %s: %s', (filter, expected) =>
    expect(verdict(decideSubscribe(unbound, filter))).toBe(expected),
  )

  it('is not tied by a message to be retained', () =>
    expect(verdict(decidePublish(unbound, 'sys/product/G1/status', true))).toBe('retained'))
})

describe('a static account', () => {
  it.each([
    ['sys/product/G1/status', 'bind G1'],
    ['sys/product/G2/status', 'bind G2'],
    ['sys/product/G3/status', 'not_listed_gateway'],
    ['thing/product/G3/requests', 'not_listed_gateway'],
    ['thing/product/G1/osd', 'unbound'],
    ['thing/product/A1/osd', 'unbound'],
    ['$CONTROL/dynamic-security/v1', 'reserved'],
    ['thing/product/+/status', 'wildcard'],
    ['anything', 'foreign'],
  ])('for two controllers publishes %s: %s', (topic, expected) =>
    expect(verdict(decidePublish(legacy, topic, false))).toBe(expected),
  )

  it.each([
    ['thing/product/G2/services', 'bind G2'],
    ['thing/product/G3/services', 'not_listed_gateway'],
    ['thing/product/G3/#', 'not_listed_gateway'],
    ['thing/product/+/services', 'wildcard'],
    ['#', 'wildcard'],
  ])('for two controllers subscribes to %s: %s', (filter, expected) =>
    expect(verdict(decideSubscribe(legacy, filter))).toBe(expected),
  )

  it('once tied is like any other: the account’s other controllers are foreign', () => {
    const tied: Access = { ...legacy, gateway: 'G1', aircraft: new Set(['A1']) }
    for (const topic of ['sys/product/G2/status', 'thing/product/G2/osd', 'thing/product/A2/osd'])
      expect(verdict(decidePublish(tied, topic, false))).toBe('foreign')
    expect(verdict(decidePublish(tied, 'thing/product/A1/osd', false))).toBe('allow')
    expect(verdict(decideSubscribe(tied, 'thing/product/G2/services'))).toBe('foreign')
    expect(decideForward(tied, 'thing/product/G2/services')).toBe(false)
    expect(decideForward(legacy, 'thing/product/G1/services')).toBe(false)
  })

  it('for any controller may be tied to any', () => {
    const any: Access = { kind: 'legacy', gateway: null, aircraft: new Set() }
    expect(verdict(decidePublish(any, 'sys/product/G9/status', false))).toBe('bind G9')
  })
})
