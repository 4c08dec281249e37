// Whatever comes in, an answer goes out: nothing throws past its handler, nothing is a 500.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyRing } from '../../src/core/access/keys.ts'
import { networkOf } from '../../src/core/access/network.ts'
import { createTokenCodec } from '../../src/core/access/tokens.ts'
import { createRouter, normalizePath } from '../../src/core/http/router.ts'
import type { IncomingBody } from '../../src/core/http/types.ts'
import { tokenOf } from '../../src/core/http/wire.ts'
import { decideForward, decidePublish, decideSubscribe } from '../../src/core/mqtt/access.ts'
import { parseEnvelope, parseTopology } from '../../src/core/mqtt/messages.ts'
import { isTopicFilter, isTopicName, parseProductTopic } from '../../src/core/mqtt/topics.ts'
import { parseOptions } from '../../src/core/options/parse.ts'
import { createPlatform } from '../../src/dji-cloud.ts'
import { testUsers } from '../support/accounts.ts'
import { idleBroker } from '../support/idle-broker.ts'
import { plainRequest } from '../support/plain-request.ts'

const codec = createTokenCodec(createKeyRing([], ['an obviously fake secret for these tests only']))
await codec.ready()
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '__proto__', 'constructor', '\u0000', '..', '%', '%E0%A4%A', '\ud800'),
)
const methods = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND')
const paths = fc.oneof(
  fc.constantFrom(
    '/pilot',
    '/pilot/login',
    '/pilot/home',
    '/pilot/fleet',
    '/pilot/fleet/devices',
    '/pilot/bootstrap',
    '/pilot/situation',
    '/pilot/assets/x/y',
    '/pilot/assets/__proto__/constructor',
  ),
  fc
    .constantFrom(
      'login',
      'logout',
      'token/verify',
      'token/refresh',
      'users/current',
      'workspaces/current',
      'mqtt/credentials',
    )
    .map((name) => `/manage/api/v1/${name}`),
  anyText.map((text) => `/manage/api/v1/${text}`),
  anyText.map((text) => `//pilot//${text}`),
)
const bodies: fc.Arbitrary<IncomingBody> = fc.oneof(
  fc.constant<IncomingBody>({ kind: 'none' }),
  fc.record({
    kind: fc.constant('raw' as const),
    bytes: fc.uint8Array(),
    contentType: fc.option(anyText, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('raw' as const),
    bytes: fc.json().map((text) => Buffer.from(text)),
    contentType: fc.constant('application/json'),
  }),
  fc.record({ kind: fc.constant('parsed' as const), value: fc.anything() }),
  fc.record({
    kind: fc.constant('parsed' as const),
    value: fc.record(
      {
        username: fc.oneof(anyText, fc.anything()),
        password: fc.oneof(anyText, fc.anything()),
        flag: fc.anything(),
      },
      { requiredKeys: [] },
    ),
  }),
)

describe('any request', () => {
  let platform: ReturnType<typeof createPlatform>
  beforeAll(() => {
    platform = createPlatform({
      ...{ broker: idleBroker(), users: testUsers(), logger: false, loginRateLimit: false },
    })
  })
  afterAll(() => platform.cloud.close())

  test('gets an answer below 500, or is passed on', async () => {
    await fc.assert(
      fc.asyncProperty(
        methods,
        paths,
        bodies,
        fc.dictionary(fc.constantFrom('x-auth-token', 'authorization', 'host', 'origin'), anyText),
        anyText,
        async (method, path, body, headers, host) => {
          const request = plainRequest({
            ...{ method, path, headers, host },
            address: '192.0.2.1',
            readBody: async () => body,
          })
          const answer = await platform.internals.http.handle(request)
          if (answer === null) return
          expect(answer.status).toBeLessThan(500)
          // What goes into a header must be one line, or Node refuses to send the answer at all.
          for (const value of Object.values(answer.headers)) expect(value).not.toMatch(/[\r\n\0]/)
        },
      ),
      { numRuns: 600 },
    )
  })
})

describe('any text', () => {
  test('is a token that is not ours', () => {
    fc.assert(fc.property(anyText, (text) => codec.read('access', text).kind !== 'signed'))
    fc.assert(
      fc.property(
        fc.array(fc.base64String(), { minLength: 3, maxLength: 3 }),
        (parts) => codec.read('mqtt', parts.join('.')).kind !== 'signed',
      ),
    )
  })

  test('is a header, a path, an address', () => {
    const route = createRouter([{ method: 'GET', path: '/a/:b' }])
    fc.assert(
      fc.property(anyText, (text) => {
        tokenOf({ 'x-auth-token': text, authorization: text })
        route('GET', normalizePath(text))
        route('GET', `/a/${text}`)
        networkOf(text)
      }),
    )
  })

  test('is a topic and a filter, and the decision never lets through what is not its own', () => {
    const own = {
      kind: 'gateway',
      gateway: 'RCFAKE00000001',
      aircraft: new Set(['1581FAKE000000000001']),
    } as const
    const level = fc.oneof(
      anyText,
      fc.constantFrom(
        'sys',
        'thing',
        'product',
        'osd',
        'status',
        '+',
        '#',
        'RCFAKE00000001',
        'RCFAKE000000010',
        '1581FAKE000000000001',
        '$SYS',
        '$share',
      ),
    )
    const topics = fc.array(level, { maxLength: 8 }).map((levels) => levels.join('/'))
    const mine = /^(?:sys|thing)\/product\/(?:RCFAKE00000001|1581FAKE000000000001)\//
    fc.assert(
      fc.property(topics, fc.boolean(), (topic, retain) => {
        isTopicName(topic)
        isTopicFilter(topic)
        parseProductTopic(topic)
        if (decidePublish(own, topic, retain).allow) expect([mine.test(topic), retain]).toEqual([true, false])
        if (decideSubscribe(own, topic).allow) expect(mine.test(topic)).toBe(true)
        if (decideForward(own, topic)) expect(mine.test(topic)).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })
})

test('any bytes are a message, any JSON a topology', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof parseEnvelope(bytes).ok === 'boolean'),
  )
  fc.assert(
    fc.property(fc.anything(), (data) => typeof parseTopology(data).ok === 'boolean'),
    { numRuns: 2_000 },
  )
})

test('any options are taken or refused as options', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('secret', 'mqtt', 'modules', 'users', 'license', 'tokens', 'keys', 'typo'),
        fc.anything(),
      ),
      (options) => {
        try {
          parseOptions(options, {})
        } catch (error) {
          expect(error).toMatchObject({ code: 'OPTIONS' })
        }
      },
    ),
  )
})
