import { afterEach, expect, it } from 'vitest'
import { ownedId, payerOf } from '../../../src/adapters/brokers/embedded/link.ts'
import type { EmbeddedBrokerOptions } from '../../../src/adapters/brokers/embedded/options.ts'
import type { Principal } from '../../../src/core/ports/index.ts'
import { startBroker, type TestBroker } from '../../support/mqtt-broker.ts'
import { packetClient } from '../../support/mqtt-packets.ts'

let broker: TestBroker | undefined
afterEach(() => broker?.stop())

/** A client of an account that many controllers share. */
async function visitor(clientId: string, clean: boolean) {
  return packetClient(broker?.tcpPort ?? 0, '', {
    ...{ clientId, clean, protocolVersion: 4 },
    ...({ username: undefined, password: undefined } as object),
  })
}
const start = async (limits: EmbeddedBrokerOptions['limits']): Promise<void> => {
  broker = await startBroker({ anonymous: { workspaceId: 'W1' }, options: { limits } })
}
const topics = (gateway: string): string => `thing/product/${gateway}/services`

it('clients of a shared account leave as many sessions for one gateway as that gateway may have', async () => {
  await start({ sessionsPerGateway: 2, sessionsPerAccount: 4 })
  const visit = async (clientId: string, gateway: string): Promise<boolean> => {
    const client = await visitor(clientId, false)
    await client.subscribe(topics(gateway))
    await client.leave()
    return 'sessionPresent' in client.connack && client.connack.sessionPresent === true
  }
  await visit('z', 'G2')
  for (const clientId of ['a', 'b', 'c', 'd']) await visit(clientId, 'G1')
  const present: [string, boolean][] = []
  for (const [clientId, gateway] of [
    ['z', 'G2'],
    ['d', 'G1'],
    ['c', 'G1'],
    ['a', 'G1'],
  ] as const)
    present.push([clientId, await visit(clientId, gateway)])
  expect(present).toEqual([
    ['z', true],
    ['d', true],
    ['c', true],
    ['a', false],
  ])
})

it('clients of a shared account that are tied to one gateway share its packets', async () => {
  await start({ packetsPerSecond: 1, packetBurst: 30 })
  const pings = async (clientId: string, gateway: string): Promise<number> => {
    const client = await visitor(clientId, true)
    await client.subscribe(topics(gateway))
    let answered = 0
    try {
      for (; answered < 20; answered += 1) await client.ping()
      await client.leave()
    } catch {
      await client.gone
    }
    return answered
  }
  expect(await pings('a', 'G1')).toBe(20)
  expect(await pings('b', 'G1')).toBeLessThan(20)
  expect(await pings('c', 'G2')).toBe(20)
})

const legacy = (credentialId: string, gateway: string | null): Principal => ({
  ...{ kind: 'legacy', sessionId: '', userId: '', workspaceId: 'W1' },
  credentialId,
  gateway,
})

it.each([
  ['not tied yet: its address', legacy('old', null), 'legacy/old//~192.0.2.7'],
  ['tied: the gateway', legacy('old', 'G1'), 'legacy/old//G1'],
  ['a slash in the name', legacy('a/b%', 'G1'), 'legacy/a%2Fb%25//G1'],
  ['issued, tied later', { ...legacy('S1.any', 'G1'), kind: 'gateway' as const }, 'W1/G1'],
  ['issued, not tied yet', { ...legacy('S1.any', null), kind: 'gateway' as const }, 'W1/~S1.any'],
])('whose packets and bytes a connection uses: %s', (_, principal, expected) => {
  expect(payerOf({ id: '1', clientId: 'c', address: '192.0.2.7', principal })).toBe(expected)
})

it('no account has the sessions of another one, whatever characters its name has', () => {
  expect(ownedId(legacy('a/b', null), 'c')).not.toContain('legacy/a/')
})
