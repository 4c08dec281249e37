import { describe, expect, it, vi } from 'vitest'
import { createExternalBroker } from '../../../src/adapters/brokers/external/broker.ts'
import type { AccountRequest, ExternalBrokerParts } from '../../../src/adapters/brokers/external/parts.ts'
import { accessList } from '../../../src/core/mqtt/access.ts'
import { OWN_TOPICS, upwardFilters } from '../../../src/core/mqtt/topic-table.ts'
import type { BrokerHost, CredentialRequest, Principal } from '../../../src/core/ports/index.ts'

/* What is decided here and not at a broker. Whether a real one is told and asked in the right way is in contract-*.test.ts. */
const principal: Principal = {
  kind: 'gateway',
  ...{ sessionId: 'S1', userId: 'U1', workspaceId: 'W1', credentialId: 'S1.G1', gateway: 'G1' },
}
const host = (more: Partial<BrokerHost> = {}): BrokerHost => ({
  authenticate: async ({ password }) =>
    password === 'right' ? { allow: true, principal } : { allow: false, reason: 'bad_credentials' },
  authorizePublish: (_who, topic) =>
    topic.startsWith('thing/product/G1/') ? { allow: true } : { allow: false, reason: 'foreign' },
  authorizeSubscribe: () => ({ allow: false, reason: 'foreign' }),
  authorizeForward: () => true,
  identify: async (username) => (username === 'S1.G1' ? principal : null),
  isKnown: async (username) => username === 'S1.G1',
  accessList,
  upwardFilters: upwardFilters(OWN_TOPICS),
  aircraftOf: () => new Set(),
  connected: () => undefined,
  disconnected: () => undefined,
  received: () => undefined,
  refused: () => undefined,
  ...more,
})
const request = (gateway: string, sessionId = 'S1', expiresAt = Date.now() + 60_000): CredentialRequest => ({
  ...{ credentialId: `${sessionId}.${gateway}`, sessionId, workspaceId: 'W1', gateway },
  ...{ aircraft: ['A1'], expiresAt, username: gateway },
  password: (claims = {}) => `token ${JSON.stringify(claims)}`,
})
const options = { url: 'mqtt://127.0.0.1:1', username: 'service', password: 'fake', startTimeoutMs: 1 }
const make = (parts: ExternalBrokerParts) =>
  createExternalBroker({ name: 'mine', options, setup: () => parts })

const refusal = { status: 200, contentType: 'application/json', body: '{"result":"no"}' }
const yes = { ...refusal, body: '{"result":"ok"}' }

/** Starts an adapter whose broker is not there: what needs no connection goes on. */
async function started(parts: ExternalBrokerParts, core = host()) {
  const adapter = make(parts)
  await adapter.start(core).catch(() => undefined)
  return adapter
}

describe('a broker that asks', () => {
  const asks = () =>
    createExternalBroker({
      name: 'mine',
      options,
      setup: ({ ask }) => ({
        credentials: {
          kind: 'hooks',
          secret: 'obviously-fake-hook-secret',
          refusal,
          questions: {
            connect: async ({ username, password, client_id: clientId }) =>
              (await ask.connect({ username, password, clientId })) === null ? refusal : yes,
            publish: async ({ username, topic = '' }) =>
              (await ask.publish({ username }, topic)) ? yes : refusal,
            // Topics in a list, as some brokers send them.
            subscribe: async ({ username }, body) => {
              const { topics } = body as { topics: { topic: string }[] }
              const granted = await Promise.all(topics.map(({ topic }) => ask.subscribe({ username }, topic)))
              return granted.every(Boolean) ? yes : refusal
            },
          },
        },
      }),
    })

  it('is told no before the platform has started, and by the decisions after that', async () => {
    const adapter = asks()
    const question = (name: string, fields: Record<string, string>, body?: unknown) =>
      adapter.hooks?.routes.find(({ path }) => path === `mine/${name}`)?.answer(fields, body)
    const connect = { username: 'S1.G1', password: 'right', client_id: 'G1' }
    expect(await question('connect', connect)).toBe(refusal)
    const refused = vi.fn()
    await adapter.start(host({ refused })).catch(() => undefined)
    expect(await question('connect', connect)).toBe(yes)
    for (const wrong of [{ password: 'wrong' }, { client_id: 'G2' }, { username: 'S2.G1' }])
      expect(await question('connect', { ...connect, ...wrong })).toBe(refusal)
    expect(await question('connect', {})).toBe(refusal)
    expect(await question('publish', { username: 'S1.G1', topic: 'thing/product/G1/osd' })).toBe(yes)
    expect(await question('publish', { username: 'S9.G9', topic: 'thing/product/G1/osd' })).toBe(refusal)
    const topics = [{ topic: 'thing/product/#' }]
    expect(await question('subscribe', { username: 'S1.G1' }, { topics })).toBe(refusal)
    expect(refused).toHaveBeenLastCalledWith(
      expect.objectContaining({ reason: 'foreign', topic: 'thing/product/#', clientId: 'G1' }),
    )
    await adapter.stop()
  })

  it('has its connections closed when a gateway loses an aircraft, and only then', async () => {
    const kick = vi.fn(async () => 1)
    const questions = {}
    const adapter = await started({ credentials: { kind: 'hooks', secret: 'x', refusal, questions }, kick })
    await adapter.issue?.(request('G1'))
    await adapter.updateAccess?.('G1', new Set(['A1']))
    await adapter.updateAccess?.('G1', new Set(['A1', 'A2']))
    expect(kick).not.toHaveBeenCalled()
    await adapter.updateAccess?.('G1', new Set(['A2']))
    expect(kick).toHaveBeenCalledExactlyOnceWith(
      { usernames: ['S1.G1'], gateways: ['G1'] },
      { gateway: 'G1' },
    )
    await adapter.stop()
  })
})

describe('a broker that is told', () => {
  const book = () => {
    const names = new Set<string>()
    const calls: string[] = []
    const credentials = {
      kind: 'accounts' as const,
      put: async ({ credentialId: username, access }: AccountRequest) => {
        names.add(username)
        calls.push(`put ${username} ${access.publish.includes('thing/product/A1/osd')}`)
        return { username, password: 'made' }
      },
      remove: async (usernames: readonly string[]) => {
        for (const name of usernames) names.delete(name)
        calls.push(`remove ${usernames.join()}`)
      },
    }
    const kick: ExternalBrokerParts['kick'] = async ({ usernames, gateways }) => {
      calls.push(`kick ${usernames.join()} ${gateways.join()}`)
      return usernames.length
    }
    return { names, calls, credentials, kick }
  }

  it('is told to remove and then to close, and about nobody else', async () => {
    const { calls, credentials, kick } = book()
    const adapter = await started({ credentials, kick })
    expect(await adapter.issue?.(request('G1'))).toEqual({ username: 'S1.G1', password: 'made' })
    await adapter.issue?.(request('G2', 'S11'))
    await adapter.revoke?.({ sessionId: 'S1' })
    await adapter.revoke?.({ sessionId: 'S1' })
    expect(calls).toEqual(['put S1.G1 true', 'put S11.G2 true', 'remove S1.G1', 'kick S1.G1 G1', 'kick  '])
    await adapter.stop()
  })

  it('never closes a static account with one of its gateways', async () => {
    const { calls, credentials, kick } = book()
    const list = async () => [{ username: 'JavaServer' }]
    const legacyAccounts = [{ username: 'JavaServer', password: () => 'x', gateways: ['G1'] }]
    const adapter = await started(
      { credentials: { ...credentials, list, legacyAccounts: true }, kick },
      host({ legacyAccounts }),
    )
    await adapter.revoke?.({ credentialId: 'JavaServer' })
    expect(calls).toEqual(['kick  '])
    await adapter.stop()
  })

  it('wants a gateway, whatever it is asked', async () => {
    const adapter = make({ credentials: book().credentials })
    await expect(adapter.issue?.({ ...request('G1'), gateway: null })).rejects.toThrow('the gateway')
    expect(adapter.updateAccess).toBeUndefined()
  })
})

describe('a broker that checks tokens', () => {
  it('gets its claims in the password, and hears what to revoke with its end', async () => {
    const revoke = vi.fn(async () => undefined)
    const adapter = await started({
      credentials: {
        kind: 'tokens',
        claims: ({ gateway, access }) => ({ gateway, topics: access.subscribe.length }),
        revoke,
      },
    })
    const given = request('G1')
    expect(await adapter.issue?.(given)).toEqual({
      username: 'S1.G1',
      password: 'token {"gateway":"G1","topics":4}',
    })
    await adapter.issue?.(request('G2', 'S2'))
    await adapter.revoke?.({ sessionId: 'S1' })
    expect(revoke).toHaveBeenCalledExactlyOnceWith({ sessionId: 'S1' }, new Map([['S1.G1', given.expiresAt]]))
    await adapter.stop()
  })
})

it('what cannot be closed is not counted as closed, and health says what that means', async () => {
  const adapter = make({ credentials: { kind: 'tokens' } })
  expect(await adapter.kick({ gateway: 'G1' })).toBe(0)
  expect(adapter.health()).toMatchObject({
    status: 'stopped',
    detail: expect.stringContaining('can connect until its password expires'),
  })
})

it('a fault of the options names the function, and holds no password', () => {
  const wrong = { ...options, usernam: 'x', password: 'hidden-from-messages', keepaliveSeconds: -1 }
  const attempt = () =>
    createExternalBroker({
      name: 'mine',
      factory: 'myBroker',
      options: wrong,
      setup: () => {
        throw new Error('not reached')
      },
    })
  expect(attempt).toThrow('myBroker.usernam: is not an option; did you mean "username"?')
  expect(attempt).toThrow('myBroker.keepaliveSeconds: needs')
  expect(attempt).not.toThrow('hidden-from-messages')
})
