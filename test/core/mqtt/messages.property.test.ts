import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRegistry } from '../../../src/core/devices/registry.ts'
import { createGatewayProtocol } from '../../../src/core/mqtt/gateway.ts'
import { parseEnvelope, parseTopology } from '../../../src/core/mqtt/messages.ts'
import { isSerial } from '../../../src/core/mqtt/topics.ts'
import {
  connection,
  fakeClock,
  fakeDevices,
  principal,
  protocolParts,
  recordEvents,
} from '../../support/mqtt-core.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

const SUFFIXES = [
  'status',
  'osd',
  'state',
  'events',
  'requests',
  'services_reply',
  'property/set_reply',
  'drc/up',
]

const envelope = fc.record(
  {
    tid: fc.jsonValue(),
    bid: fc.jsonValue(),
    method: fc.oneof(fc.constantFrom('update_topo', 'config', 'airport_bind_status'), fc.jsonValue()),
    need_reply: fc.jsonValue(),
    timestamp: fc.jsonValue(),
    data: fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          type: fc.jsonValue(),
          sub_type: fc.jsonValue(),
          domain: fc.jsonValue(),
          sub_devices: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
      fc.record({
        type: fc.constantFrom(144, '144'),
        sub_devices: fc.array(
          fc.record({ sn: fc.oneof(fc.string(), fc.constant('A1')), type: fc.oneof(fc.nat(), fc.string()) }),
        ),
      }),
    ),
  },
  { requiredKeys: [] },
)

/** Any JSON, cut somewhere, or no text at all. */
const payload = fc.oneof(
  envelope.map(bytes),
  fc.jsonValue().map(bytes),
  fc.tuple(envelope, fc.nat(400)).map(([value, length]) => bytes(value).slice(0, length)),
  fc.uint8Array({ maxLength: 200 }),
)

describe('any message of a gateway', () => {
  it('is handled: no error is thrown or logged, and every status is answered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom(...SUFFIXES),
            fc.constantFrom('sys', 'thing'),
            fc.constantFrom('G1', 'A1'),
            payload,
          ),
          {
            maxLength: 8,
          },
        ),
        async (messages) => {
          const events = recordEvents()
          const clock = fakeClock()
          const failures: unknown[] = []
          const sent: string[] = []
          const fail = (fields: object) => void failures.push(fields)
          const logger = { debug: () => undefined, info: () => undefined, warn: fail, error: fail }
          const registry = createRegistry({ devices: fakeDevices(), emit: events.emit, clock })
          const who = principal('G1')
          registry.connected('G1', connection(who))
          const protocol = createGatewayProtocol({
            registry,
            ...protocolParts(async ({ topic }) => void sent.push(topic)),
            emit: events.emit,
            clock,
            logger,
          })
          let statuses = 0
          for (const [suffix, root, serial, body] of messages) {
            await protocol.receive({
              topic: `${root}/product/${serial}/${suffix}`,
              principal: who,
              payload: body,
            })
            if (suffix === 'status' && serial === 'G1' && parseEnvelope(body).ok) statuses += 1
          }
          expect(failures).toEqual([])
          expect(
            sent.filter((topic) => topic === 'sys/product/G1/status_reply').length,
          ).toBeGreaterThanOrEqual(statuses)
          for (const { serial } of registry.get('G1')?.aircraft ?? []) expect(isSerial(serial)).toBe(true)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('only the valid entries of a topology are taken over, in their order, once', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed = parseTopology({ type: 144, sub_devices: value })
        if (!parsed.ok) return
        const serials = parsed.value.subDevices.map(({ serial }) => serial)
        expect(serials.length).toBeLessThanOrEqual(16)
        expect(new Set(serials).size).toBe(serials.length)
      }),
      { numRuns: 1_000 },
    )
  })
})
