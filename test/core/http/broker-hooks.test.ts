import { describe, expect, it } from 'vitest'
import { brokerHookRoutes, questionOf } from '../../../src/core/http/handlers/broker-hooks.ts'
import { silentLogger } from '../../../src/core/ports/index.ts'
import { startCloud } from '../../support/cloud.ts'
import { ask } from '../../support/http.ts'
import { idleBroker } from '../../support/idle-broker.ts'

const SECRET = 'obviously-fake-hook-secret'
const refusal = { status: 200, contentType: 'text/plain', body: 'deny' }
const hooks = {
  secret: SECRET,
  routes: [
    {
      path: 'test/user',
      refusal,
      answer: async (fields: Readonly<Record<string, string>>) => {
        if (fields['name'] === 'throw') throw new Error('store is down')
        return { ...refusal, body: fields['name'] === 'right' ? 'allow' : 'deny' }
      },
    },
  ],
}
const basic = (secret: string) => ({ authorization: `Basic ${btoa(`anybody:${secret}`)}` })

describe('a broker asks', () => {
  it.each(['none', 'before', 'after'] as const)('with the body parser of the host: %s', async (parser) => {
    const host = await startCloud(
      { broker: idleBroker({ hooks }) },
      { framework: 'express 5', mount: '/drones', parser },
    )
    const put = async (body: unknown, headers: Record<string, string>) => {
      const { status, text } = await ask(host.url, '/drones/mqtt/hooks/test/user', {
        method: 'POST',
        body,
        headers,
      })
      return `${status} ${text}`
    }
    try {
      expect(await put({ name: 'right' }, { authorization: `Bearer ${SECRET}` })).toBe('200 allow')
      expect(await put({ name: 'right' }, basic(SECRET))).toBe('200 allow')
      expect(await put({ name: 'wrong' }, basic(SECRET))).toBe('200 deny')
      expect(await put({ name: 'throw' }, basic(SECRET))).toBe('200 deny')
      expect(await put({ name: 'right' }, basic(`${SECRET}x`))).toBe('200 deny')
      expect(await put({ name: 'right' }, basic(''))).toBe('200 deny')
      expect(await put({ name: 'right' }, {})).toBe('200 deny')
      expect(await put({ name: ['right'] }, basic(SECRET))).toBe('200 deny')
    } finally {
      await host.close()
    }
  })
})

it('there are no such routes unless the adapter asks for them', () => {
  expect(brokerHookRoutes(undefined, silentLogger)).toEqual([])
  expect(brokerHookRoutes(hooks, silentLogger).map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /mqtt/hooks/test/user',
  ])
})

describe('a question', () => {
  const raw = (text: string) => questionOf({ kind: 'raw', bytes: Buffer.from(text), contentType: undefined })
  it.each([
    ['username=U&client_id=G%201', { username: 'U', client_id: 'G 1' }],
    ['{"username":"U","qos":1,"retain":false,"nothing":null}', { username: 'U', qos: '1', retain: 'false' }],
    ['a=1&a=2', null],
    ['{"a":{"b":1},"c":["1"],"d":"e"}', { d: 'e' }],
    ['{"a":', null],
    ['__proto__=x', { ['__proto__']: 'x' }],
  ])('%s', (text, fields) => {
    const read = raw(text)
    expect(read === null ? null : Object.entries(read.fields)).toEqual(
      fields === null ? null : Object.entries(fields),
    )
  })
  it('has its lists and objects beside the fields, and only where it was JSON', () => {
    expect(raw('{"a":"1","topics":[{"topic":"x"}]}')?.body).toEqual({ a: '1', topics: [{ topic: 'x' }] })
    expect(raw('a=1')?.body).toBeUndefined()
  })
  it('takes what a parser of the host made of it', () => {
    expect({ ...questionOf({ kind: 'parsed', value: { a: '1', b: ['1'] } })?.fields }).toEqual({ a: '1' })
    expect(questionOf({ kind: 'parsed', value: ['1'] })).toBeNull()
    expect(questionOf({ kind: 'parsed', value: null })).toBeNull()
    expect(questionOf({ kind: 'none' })).toBeNull()
  })
})
