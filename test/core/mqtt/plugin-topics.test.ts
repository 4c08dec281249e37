import { expect, it } from 'vitest'
import { createRegistry } from '../../../src/core/devices/registry.ts'
import { createGatewayProtocol } from '../../../src/core/mqtt/gateway.ts'
import { RATES } from '../../../src/core/mqtt/rates.ts'
import { createTopicTable } from '../../../src/core/mqtt/topic-table.ts'
import { silentLogger } from '../../../src/core/ports/index.ts'
import {
  connection,
  fakeClock,
  fakeDevices,
  principal,
  protocolParts,
  recordEvents,
} from '../../support/mqtt-core.ts'

it('the messages of a controller on topics of plugins are limited, apart from its events', async () => {
  const clock = fakeClock()
  const events = recordEvents()
  const who = principal('G1')
  const registry = createRegistry({ devices: fakeDevices(), emit: events.emit, clock })
  registry.connected('G1', connection(who))
  const topics = createTopicTable()
  let handled = 0
  topics.add('thing/payload/report', 'gateway', async () => {
    handled += 1
  })
  const protocol = createGatewayProtocol({
    ...{ registry, topics, emit: events.emit, clock, logger: silentLogger },
    ...protocolParts(async () => undefined),
  })
  const say = (suffix: string) =>
    protocol.receive({
      ...{ topic: `thing/product/G1/${suffix}`, principal: who },
      payload: new TextEncoder().encode('{"method":"x"}'),
    })
  const { burst } = RATES['plugin topics']
  for (let sent = 0; sent < burst + 5; sent += 1) await say('payload/report')
  expect(handled).toBe(burst)
  expect(events.of('message.invalid')).toMatchObject([
    { reason: expect.stringMatching(/^rate: more plugin topics than a gateway may send/) },
  ])
  events.take()
  await say('events')
  expect(events.take()).toEqual(['device.event G1'])
})
