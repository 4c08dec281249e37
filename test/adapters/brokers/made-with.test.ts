import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS, embeddedOptions } from '../../../src/adapters/brokers/embedded/options.ts'
import { madeWith } from '../../../src/core/options/made-with.ts'
import {
  embeddedBroker,
  emqxBroker,
  isDjiCloudError,
  mosquittoBroker,
  rabbitmqBroker,
  sharedAccountBroker,
} from '../../../src/index.ts'

const SECRET = 'only-for-tests-and-long-enough'
const SERVICE = { url: 'mqtt://127.0.0.1:1', username: 'service', password: 'hidden-from-messages' }
const management = { url: 'http://127.0.0.1:1', username: 'admin', password: 'hidden-from-messages' }
const api = management

const brokers = {
  embeddedBroker: (more: object) => embeddedBroker(more as never),
  mosquittoBroker: (more: object) => mosquittoBroker({ ...SERVICE, ...more }),
  rabbitmqBroker: (more: object) => rabbitmqBroker({ ...SERVICE, hookSecret: SECRET, management, ...more }),
  emqxBroker: (more: object) => emqxBroker({ ...SERVICE, auth: 'hooks', hookSecret: SECRET, api, ...more }),
  sharedAccountBroker: (more: object) => sharedAccountBroker({ ...SERVICE, ...more }),
}
type Name = keyof typeof brokers
const names = Object.keys(brokers) as Name[]

function refusal(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (isDjiCloudError(error) && error.code === 'OPTIONS') return error.message
    throw error
  }
  return 'these options were taken'
}

describe.each(names)('%s', (name) => {
  test('is made with what its docs say', () => {
    expect(refusal(() => brokers[name]({}))).toBe('these options were taken')
  })

  test('a slip is refused where it is made, with the nearest name', () => {
    expect(refusal(() => brokers[name]({ loger: 1 }))).toContain(
      `${name}.loger: is not an option; did you mean "logger"?`,
    )
  })

  test('what is no logger is refused', () => {
    expect(refusal(() => brokers[name]({ logger: 'loud' }))).toContain(`${name}.logger: needs a logger`)
  })

  test('no object at all is refused', () => {
    const make = { embeddedBroker, mosquittoBroker, rabbitmqBroker, emqxBroker, sharedAccountBroker }[
      name
    ] as (given: unknown) => unknown
    expect(refusal(() => make('mqtt://127.0.0.1'))).toMatch(
      new RegExp(`- ${name}: needs an object.*; got a text`),
    )
  })

  test('undefined is not given', () => {
    const optional = [
      'logger',
      'publicUrl',
      'ca',
      'timeoutMs',
      'keepaliveSeconds',
      'host',
      'port',
      'tls',
      'limits',
      'vhost',
    ]
    const more = Object.fromEntries(optional.map((option) => [option, undefined]))
    expect(refusal(() => brokers[name](more))).toBe('these options were taken')
  })
})

describe.each(names.filter((name) => name !== 'embeddedBroker'))('%s, which runs elsewhere', (name) => {
  test.each<[string, object, string]>([
    ['an address without a scheme', { url: '127.0.0.1:1883' }, 'url: needs an absolute address with mqtt://'],
    ['an address of something else', { publicUrl: 'https://x' }, 'publicUrl: needs an absolute address'],
    ['no user name', { username: undefined }, 'username: is missing; needs a text'],
    ['a path for a certificate', { ca: '/etc/ssl/ca.pem' }, 'ca: needs a PEM text'],
    ['a version that it does not speak', { protocolVersion: 3 }, 'protocolVersion: needs 4, or needs 5'],
    [
      'a time that a timer cannot wait',
      { timeoutMs: Number.POSITIVE_INFINITY },
      'timeoutMs: needs a whole number',
    ],
  ])('%s', (_name, more, words) => {
    const message = refusal(() => brokers[name](more))
    expect(message).toContain(`${name}.${words}`)
    expect(message).not.toContain('hidden-from-messages')
  })
})

test.each<[string, () => unknown, string]>([
  [
    'a limit with a slip',
    () => embeddedBroker({ limits: { conections: 5 } as never }),
    'embeddedBroker.limits.conections: is not an option; did you mean "connections"?',
  ],
  [
    'a limit of nothing',
    () => embeddedBroker({ limits: { packetBytes: 0 } }),
    'embeddedBroker.limits.packetBytes: needs a number of at least 1; got 0',
  ],
  [
    'a limit without end',
    () => embeddedBroker({ limits: { drainMs: Number.POSITIVE_INFINITY } }),
    'embeddedBroker.limits.drainMs: needs a whole number',
  ],
  [
    'a port in words',
    () => embeddedBroker({ port: '1883' as never }),
    'embeddedBroker.port: needs a whole number; got a text',
  ],
  [
    'a path for a certificate',
    () => embeddedBroker({ tls: { cert: '/etc/cert.pem', key: '/etc/key.pem' } }),
    'embeddedBroker.tls.cert: needs PEM, as text or bytes; read a file with readFileSync',
  ],
  [
    'a Redis of something else',
    () => embeddedBroker({ redis: 'http://x' }),
    'embeddedBroker.redis: needs an absolute address with redis:// or rediss://',
  ],
  [
    'a short hook secret',
    () => brokers.rabbitmqBroker({ hookSecret: 'short' }),
    'rabbitmqBroker.hookSecret: needs at least 24 characters',
  ],
  [
    'no management',
    () => brokers.rabbitmqBroker({ management: undefined }),
    'rabbitmqBroker.management: is missing; needs an object with url, username, password, timeoutMs',
  ],
  [
    'no way of checking',
    () => brokers.emqxBroker({ auth: undefined }),
    'emqxBroker.auth: is missing; needs "hooks" or "jwt"',
  ],
  [
    'an address without a scheme',
    () => brokers.emqxBroker({ api: { ...api, url: 'x:18083' } }),
    'emqxBroker.api.url: needs an absolute address with http:// or https://',
  ],
  [
    'half an account',
    () => brokers.sharedAccountBroker({ controllers: { username: 'all' } }),
    'sharedAccountBroker.controllers.password: is missing; needs a text',
  ],
])('%s', (_name, make, words) => expect(refusal(make)).toContain(words))

test('a limit that is undefined keeps its default', () => {
  const { limits } = madeWith('embeddedBroker', embeddedOptions, {
    limits: { packetBytes: undefined, filters: 5 },
  })
  expect({ ...DEFAULT_LIMITS, ...limits }).toEqual({ ...DEFAULT_LIMITS, filters: 5 })
})
