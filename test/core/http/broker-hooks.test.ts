import { describe, expect, it } from 'vitest'
import { brokerHookRoutes, fieldsOf } from '../../../src/core/http/handlers/broker-hooks.ts'
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

describe('fields', () => {
  const raw = (text: string) => fieldsOf({ kind: 'raw', bytes: Buffer.from(text), contentType: undefined })
  it.each([
    ['username=U&client_id=G%201', { username: 'U', client_id: 'G 1' }],
    ['{"username":"U","qos":1,"retain":false,"nothing":null}', { username: 'U', qos: '1', retain: 'false' }],
    ['a=1&a=2', null],
    ['{"a":{"b":1}}', null],
    ['{"a":', null],
    ['__proto__=x', { ['__proto__']: 'x' }],
  ])('%s', (text, fields) => {
    const read = raw(text)
    expect(read === null ? null : Object.entries(read)).toEqual(
      fields === null ? null : Object.entries(fields),
    )
  })
  it('takes what a parser of the host made of it, and nothing nested', () => {
    expect({ ...fieldsOf({ kind: 'parsed', value: { a: '1' } }) }).toEqual({ a: '1' })
    expect(fieldsOf({ kind: 'parsed', value: { a: ['1'] } })).toBeNull()
    expect(fieldsOf({ kind: 'parsed', value: null })).toBeNull()
    expect(fieldsOf({ kind: 'none' })).toBeNull()
  })
})
