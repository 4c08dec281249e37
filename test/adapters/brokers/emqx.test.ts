import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { emqxBroker } from '../../../src/adapters/brokers/emqx/index.ts'
import { readPresence } from '../../../src/adapters/brokers/emqx/presence.ts'
import { accessList } from '../../../src/core/mqtt/access.ts'
import { OWN_TOPICS, upwardFilters } from '../../../src/core/mqtt/topic-table.ts'
import type { BrokerHost, Principal } from '../../../src/core/ports/index.ts'

/*
 * Against EMQX's documented requests and answers, written down here; no EMQX runs. What is asserted is what its 5.8
 * documentation and source say it sends and takes.
 */
const SECRET = 'obviously-fake-hook-secret'
const principal: Principal = {
  kind: 'gateway',
  sessionId: 'S1',
  userId: 'U1',
  workspaceId: 'W1',
  credentialId: 'S1.G1',
  gateway: 'G1',
}
const host = (more: Partial<BrokerHost> = {}): BrokerHost => ({
  authenticate: async ({ password }) =>
    password === 'right' ? { allow: true, principal } : { allow: false, reason: 'bad_credentials' },
  authorizePublish: (_who, topic, retain) =>
    topic === 'thing/product/G1/osd' && !retain ? { allow: true } : { allow: false, reason: 'foreign' },
  authorizeSubscribe: (_who, filter) =>
    filter.startsWith('thing/product/G1/') ? { allow: true } : { allow: false, reason: 'foreign' },
  authorizeForward: () => true,
  accessList,
  upwardFilters: upwardFilters(OWN_TOPICS),
  identify: async (username) => (username === 'S1.G1' ? principal : null),
  isKnown: async (username) => username === 'S1.G1',
  aircraftOf: () => new Set(),
  connected: () => undefined,
  disconnected: () => undefined,
  received: () => undefined,
  refused: () => undefined,
  ...more,
})

let api: Server
let calls: { method: string; path: string; body: unknown; authorization: string | undefined }[]
let clients: object[]
beforeEach(async () => {
  calls = []
  clients = []
  api = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const { method = '', url = '', headers } = request
    calls.push({
      method,
      path: url,
      body: text === '' ? null : JSON.parse(text),
      authorization: headers.authorization,
    })
    if (method === 'GET')
      return response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ data: clients, meta: { page: 1, limit: 1000, count: clients.length } }))
    response.writeHead(url.endsWith('/bulk') ? 204 : 200).end(url.endsWith('/bulk') ? '' : '{}')
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
})
afterEach(() => new Promise((resolve) => api.close(resolve)))

const shared = () => ({
  url: 'mqtt://127.0.0.1:1',
  username: 'dji-cloud',
  password: 'fake',
  startTimeoutMs: 1,
  api: {
    url: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    username: 'key',
    password: 'fake-secret',
  },
})

async function withHooks(
  core: BrokerHost,
  run: (ask: (path: string, fields: object) => Promise<unknown>) => Promise<void>,
) {
  const adapter = emqxBroker({ ...shared(), auth: 'hooks', hookSecret: SECRET })
  await adapter.start(core).catch(() => undefined)
  try {
    await run(async (path, fields) => {
      const route = adapter.hooks?.routes.find((one) => one.path === path)
      const answer = await route?.answer(fields as never)
      expect(answer).toMatchObject({ status: 200, contentType: 'application/json' })
      return JSON.parse(answer?.body ?? '')
    })
  } finally {
    await adapter.stop()
  }
}

describe('hooks', () => {
  const connect = { clientid: 'G1', username: 'S1.G1', password: 'right', peerhost: '192.0.2.1' }

  it('authn: allow with attributes, deny with status 200', () =>
    withHooks(host(), async (ask) => {
      expect(await ask('emqx/authn', connect)).toEqual({
        result: 'allow',
        is_superuser: false,
        client_attrs: { sn: 'G1' },
      })
      for (const wrong of [
        { password: 'wrong' },
        { username: 'S2.G1' },
        { clientid: 'G2' },
        { clientid: undefined },
        { password: undefined },
      ])
        expect(await ask('emqx/authn', { ...connect, ...wrong })).toEqual({ result: 'deny' })
    }))

  it.each([
    ['publish', 'thing/product/G1/osd', 'false', 'S1.G1', 'allow'],
    ['publish', 'thing/product/G1/osd', 'true', 'S1.G1', 'deny'],
    ['publish', 'thing/product/G2/osd', 'false', 'S1.G1', 'deny'],
    ['subscribe', 'thing/product/G1/services', 'false', 'S1.G1', 'allow'],
    ['subscribe', 'thing/product/#', 'false', 'S1.G1', 'deny'],
    ['all', 'thing/product/G1/osd', 'false', 'S1.G1', 'deny'],
    ['publish', 'thing/product/G1/osd', 'false', 'S9.G1', 'deny'],
  ])('authz: %s %s (retain %s) as %s: %s', (action, topic, retain, username, result) =>
    withHooks(host(), async (ask) => {
      expect(await ask('emqx/authz', { clientid: 'G1', username, action, topic, retain })).toEqual({ result })
    }),
  )
})

describe('hooks, for a static account', () => {
  const tied = (gateway: string | null): Principal => ({
    kind: 'legacy',
    ...{ sessionId: '', userId: '', workspaceId: 'W1', credentialId: 'JavaServer', gateway },
  })
  const asked: string[] = []
  const core = host({
    authenticate: async () => ({ allow: true, principal: tied(null) }),
    identify: async (username, clientId) => {
      asked.push(`${username} ${clientId}`)
      return clientId === 'G1' || clientId === 'G2' ? tied(clientId) : null
    },
    authorizePublish: (who, topic) =>
      topic === `thing/product/${who.gateway}/osd` ? { allow: true } : { allow: false, reason: 'foreign' },
  })
  const connect = { username: 'JavaServer', password: 'obviously-fake', peerhost: '192.0.2.1' }

  it('the client id says which controller it is; one that is none is refused', () =>
    withHooks(core, async (ask) => {
      expect(await ask('emqx/authn', { ...connect, clientid: 'G1' })).toMatchObject({
        result: 'allow',
        client_attrs: { sn: 'G1' },
      })
      for (const clientid of ['G9', '', undefined])
        expect(await ask('emqx/authn', { ...connect, clientid })).toEqual({ result: 'deny' })
      const publish = { ...connect, action: 'publish', topic: 'thing/product/G1/osd', retain: 'false' }
      expect(await ask('emqx/authz', { ...publish, clientid: 'G1' })).toEqual({ result: 'allow' })
      expect(await ask('emqx/authz', { ...publish, clientid: 'G2' })).toEqual({ result: 'deny' })
      expect(asked).toContain('JavaServer G2')
    }))
})

describe('passwords that EMQX checks itself', () => {
  const request = (claims: object[]) => ({
    credentialId: 'S1.G1',
    sessionId: 'S1',
    workspaceId: 'W1',
    gateway: 'G1',
    aircraft: ['A1'],
    expiresAt: Date.now() + 60_000,
    username: 'G1',
    password: (more?: object) => {
      claims.push(more ?? {})
      return 'a.jwt'
    },
  })

  it('carry a list that ends in deny all', async () => {
    const claims: {
      username?: string
      clientid?: string
      acl?: { permission: string; topic: string; action: string }[]
    }[] = []
    const adapter = emqxBroker({ ...shared(), auth: 'jwt' })
    expect(await adapter.issue?.(request(claims) as never)).toEqual({ username: 'S1.G1', password: 'a.jwt' })
    const [{ username, clientid, acl = [] } = {}] = claims
    expect({ username, clientid }).toEqual({ username: 'S1.G1', clientid: 'G1' })
    expect(acl.at(-1)).toEqual({ permission: 'deny', action: 'all', topic: '#' })
    expect(acl.slice(0, -1).every(({ permission }) => permission === 'allow')).toBe(true)
    expect(acl).toContainEqual({
      permission: 'allow',
      action: 'publish',
      topic: 'thing/product/A1/osd',
      retain: false,
    })
    expect(acl).toContainEqual({ permission: 'allow', action: 'subscribe', topic: 'thing/product/G1/#' })
    expect(acl.some(({ topic }) => topic.includes('+'))).toBe(false)
    expect(adapter.hooks).toBeUndefined()
  })

  it('are banned until they run out, and their connections closed', async () => {
    const adapter = emqxBroker({ ...shared(), auth: 'jwt' })
    const given = request([])
    await adapter.issue?.(given as never)
    clients = [
      { clientid: 'G1', username: 'S1.G1' },
      { clientid: 'G9', username: 'S11.G9' },
    ]
    await adapter.revoke?.({ sessionId: 'S1' })
    expect(calls.every(({ authorization }) => authorization === `Basic ${btoa('key:fake-secret')}`)).toBe(
      true,
    )
    const posts = calls.filter(({ method }) => method === 'POST')
    expect(posts.map(({ path, body }) => [path, body])).toEqual([
      [
        '/api/v5/banned',
        {
          as: 'username',
          who: 'S1.G1',
          reason: 'session ended',
          until: new Date(given.expiresAt).toISOString(),
        },
      ],
      ['/api/v5/clients/kickout/bulk', ['G1']],
    ])
  })
})

it('an API that does not answer is BROKER_UNAVAILABLE, without the key in the error', async () => {
  const adapter = emqxBroker({
    ...shared(),
    auth: 'jwt',
    api: { ...shared().api, url: 'http://127.0.0.1:1' },
  })
  const error = await adapter.kick({ gateway: 'G1' }).catch((one: unknown) => one)
  expect(error).toMatchObject({ code: 'BROKER_UNAVAILABLE' })
  expect(String((error as Error).cause)).not.toContain('fake-secret')
})

it('reads who comes and goes, and takes a takeover for neither', () => {
  const read = (end: string, body: object) =>
    readPresence(`$SYS/brokers/emqx@127.0.0.1/clients/G1/${end}`, Buffer.from(JSON.stringify(body)))
  expect(
    read('connected', { clientid: 'G1', username: 'S1.G1', ipaddress: '192.0.2.1', connected_at: 1 }),
  ).toEqual({ kind: 'connected', clientId: 'G1', username: 'S1.G1', address: '192.0.2.1' })
  expect(read('disconnected', { clientid: 'G1', username: 'S1.G1', reason: 'tcp_closed' })).toEqual({
    kind: 'disconnected',
    clientId: 'G1',
    isDone: false,
  })
  expect(read('disconnected', { clientid: 'G1', reason: 'normal' })).toMatchObject({ isDone: true })
  expect(read('disconnected', { clientid: 'G1', reason: 'takenover' })).toBeNull()
  expect(readPresence('$SYS/brokers/n/clients/G1/connected', Buffer.from('{'))).toBeNull()
})

it('will not start with a secret that can be guessed', () => {
  vi.stubEnv('NODE_ENV', 'production')
  expect(() => emqxBroker({ ...shared(), auth: 'hooks', hookSecret: 'short' })).toThrow('hookSecret')
  vi.unstubAllEnvs()
})
