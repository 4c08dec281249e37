import { describe, expect, it } from 'vitest'
import { gatewayAcls } from '../../../src/adapters/brokers/mosquitto/acls.ts'
import { accessList, decidePublish, decideSubscribe } from '../../../src/core/mqtt/access.ts'
import { createTopicTable, OWN_TOPICS, upwardFilters } from '../../../src/core/mqtt/topic-table.ts'

const access = { kind: 'gateway', gateway: 'G1', aircraft: new Set(['A1', 'A2']) } as const
const SUFFIXES = [
  'status',
  'osd',
  'state',
  'events',
  'requests',
  'services',
  'services_reply',
  'status_reply',
  'property/set',
  'property/set_reply',
  'drc/up',
  'drc/down',
  'network/probe',
  'events_reply',
  'x',
  'payload/report',
  'payload/orders',
]
const topics = ['G1', 'A1', 'A2', 'A3', 'G2'].flatMap((serial) =>
  ['sys', 'thing'].flatMap((root) => SUFFIXES.map((suffix) => `${root}/product/${serial}/${suffix}`)),
)

const withPlugins = createTopicTable()
withPlugins.add('thing/x', 'gateway')
withPlugins.add('sys/payload/report', 'device')
withPlugins.add('thing/payload/orders', 'cloud')

describe.each([
  ['of the Cloud API', OWN_TOPICS],
  ['with those of plugins', withPlugins],
])('the list says what the decision says: topics %s', (_name, table) => {
  const { publish, subscribe } = accessList('G1', access.aircraft, table)
  it.each(topics)('%s', (topic) => {
    expect(publish.includes(topic)).toBe(decidePublish(access, topic, false, table).allow)
    const listed = subscribe.some((filter) => topic.startsWith(filter.slice(0, -1)))
    expect(listed).toBe(decideSubscribe(access, topic).allow)
  })
  it('has no wildcard but the last level', () => {
    expect(publish.join()).not.toMatch(/[+#]/)
    for (const filter of subscribe) expect(filter).toMatch(/^(sys|thing)\/product\/(G1|A1|A2)\/#$/)
  })
  it("has nothing to deny in Mosquitto's words: the defaults do", () => {
    expect(gatewayAcls(accessList('G1', ['A1'])).every(({ allow }) => allow)).toBe(true)
  })
})

it('a plugin adds what it names, for those that it names, and nothing to tie a credential by', () => {
  const verdict = (topic: string, table = withPlugins) => decidePublish(access, topic, false, table)
  expect(verdict('thing/product/G1/x')).toEqual({ allow: true })
  expect(verdict('thing/product/A1/x')).toEqual({ allow: false, reason: 'not_listed' })
  expect(verdict('sys/product/A1/payload/report')).toEqual({ allow: true })
  expect(verdict('sys/product/A3/payload/report')).toEqual({ allow: false, reason: 'foreign' })
  expect(verdict('thing/product/G1/payload/orders')).toEqual({ allow: false, reason: 'not_listed' })
  const unbound = { kind: 'gateway', gateway: null, aircraft: new Set<string>() } as const
  expect(decidePublish(unbound, 'thing/product/G1/x', false, withPlugins)).toEqual({
    allow: false,
    reason: 'unbound',
  })
  expect(OWN_TOPICS.gateway.has('thing/x')).toBe(false)
  expect(upwardFilters(withPlugins)).toEqual([
    ...upwardFilters(OWN_TOPICS),
    'thing/product/+/x',
    'sys/product/+/payload/report',
  ])
})
