import { describe, expect, it } from 'vitest'
import { gatewayAcls } from '../../../src/adapters/brokers/mosquitto/acls.ts'
import { accessList, decidePublish, decideSubscribe } from '../../../src/core/mqtt/access.ts'

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
]
const topics = ['G1', 'A1', 'A2', 'A3', 'G2'].flatMap((serial) =>
  ['sys', 'thing'].flatMap((root) => SUFFIXES.map((suffix) => `${root}/product/${serial}/${suffix}`)),
)

describe('the list says what the decision says', () => {
  const { publish, subscribe } = accessList('G1', access.aircraft)
  it.each(topics)('%s', (topic) => {
    expect(publish.includes(topic)).toBe(decidePublish(access, topic, false).allow)
    const listed = subscribe.some((filter) => topic.startsWith(filter.slice(0, -1)))
    expect(listed).toBe(decideSubscribe(access, topic).allow)
  })
  it('has no wildcard but the last level', () => {
    expect(publish.join()).not.toMatch(/[+#]/)
    for (const filter of subscribe) expect(filter).toMatch(/^(sys|thing)\/product\/(G1|A1|A2)\/#$/)
  })
  it("has nothing to deny in Mosquitto's words: the defaults do", () => {
    expect(gatewayAcls('G1', ['A1']).every(({ allow }) => allow)).toBe(true)
  })
})
