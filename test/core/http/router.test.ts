import { describe, expect, it, test } from 'vitest'
import { patternOf, relationOf } from '../../../src/core/http/pattern.ts'
import { createRouter } from '../../../src/core/http/router.ts'
import { routeTable } from '../../../src/core/http/table.ts'
import { parseOptions } from '../../../src/core/options/parse.ts'

test('a row says what is no parameter of it: such a path is another row’s, or nobody’s', () => {
  const match = createRouter([
    { method: 'GET', path: '/d/:id', except: { id: new Set(['hms', 'a b']) } },
    { method: 'PUT', path: '/d/:id' },
    { method: 'GET', path: '/d/:id/hms' },
  ])
  expect(match('GET', '/d/1')).toMatchObject({ kind: 'found', params: { id: '1' } })
  expect(match('PUT', '/d/hms')).toMatchObject({ kind: 'found', params: { id: 'hms' } })
  for (const path of ['/d/hms', '/d/a%20b'])
    expect(match('GET', path)).toEqual({ kind: 'wrong_method', allow: ['PUT'] })
  expect(match('GET', '/d/hms/hms')).toMatchObject({ kind: 'found', params: { id: 'hms' } })
})

const rows = routeTable({ options: parseOptions({}, {}), assets: {} } as never, { jwks: { keys: [] } })

test('every row with a serial number knows the words of the demo that are none', () => {
  const withSerial = rows.filter(({ path }) => path.includes(':device_sn'))
  expect(withSerial.length).toBeGreaterThan(3)
  for (const { path, except } of withSerial)
    expect([path, [...(except?.['device_sn'] ?? [])]]).toEqual([
      path,
      expect.arrayContaining(['hms', 'ota', 'bound']),
    ])
})

const TABLE = [
  'GET /a/:key+',
  'GET /a/:x',
  'DELETE /a/:x',
  'GET /a/word',
  'PUT /a/word',
  'GET /a/word/:y',
  'GET /a/:x/tail',
  'PATCH /a/:x/tail',
  'HEAD /h',
  'GET /h',
  'OPTIONS /h',
].map((row) => {
  const [method = '', path = ''] = row.split(' ')
  return { method, path }
})

describe.each([
  ['as they stand', TABLE],
  ['from the last to the first', [...TABLE].reverse()],
])('rows that overlap, %s', (_name, table) => {
  const match = createRouter(table)
  it.each([
    // The narrowest row of the method, whatever else fits.
    ['GET /a/word', 'GET /a/word', {}],
    ['GET /a/other', 'GET /a/:x', { x: 'other' }],
    ['DELETE /a/word', 'DELETE /a/:x', { x: 'word' }],
    ['PUT /a/word', 'PUT /a/word', {}],
    ['GET /a/word/tail', 'GET /a/word/:y', { y: 'tail' }],
    ['GET /a/other/tail', 'GET /a/:x/tail', { x: 'other' }],
    ['PATCH /a/word/tail', 'PATCH /a/:x/tail', { x: 'word' }],
    ['GET /a/1/2', 'GET /a/:key+', { key: '1/2' }],
    ['GET /a/1/2/3', 'GET /a/:key+', { key: '1/2/3' }],
    // HEAD is a row of its own, or GET's.
    ['HEAD /h', 'HEAD /h', {}],
    ['HEAD /a/word', 'GET /a/word', {}],
    ['HEAD /a/1/2', 'GET /a/:key+', { key: '1/2' }],
    ['OPTIONS /h', 'OPTIONS /h', {}],
    // Decoded once.
    ['GET /a/gr%C3%BC%C3%9Fe%20hi', 'GET /a/:x', { x: 'grüße hi' }],
    ['GET /a/100%2525', 'GET /a/:x', { x: '100%25' }],
    ['GET /a/b%2Fc', 'GET /a/:x', { x: 'b/c' }],
    ['GET /a/b%2Fc/%C3%A9.jpg', 'GET /a/:key+', { key: 'b/c/é.jpg' }],
    ['GET /a/..b/c..', 'GET /a/:key+', { key: '..b/c..' }],
    ['GET /a/.../...', 'GET /a/:key+', { key: '.../...' }],
  ])('%s is for %s', (request, row, params) => {
    const [method = '', path = ''] = request.split(' ')
    const found = match(method, path)
    expect(found).toMatchObject({ kind: 'found', params })
    expect(found?.kind === 'found' && `${found.route.method} ${found.route.path}`).toBe(row)
    expect(found?.kind === 'found' && found.params).toEqual(params)
  })

  it.each([
    ['PUT /a/other', ['GET', 'HEAD', 'DELETE']],
    ['POST /a/word', ['GET', 'HEAD', 'DELETE', 'PUT']],
    ['PUT /a/1/2/3', ['GET', 'HEAD']],
    ['POST /a/other/tail', ['GET', 'HEAD', 'PATCH']],
    ['POST /h', ['HEAD', 'GET', 'OPTIONS']],
  ])('%s has the wrong method, and is told all of the right ones', (request, allow) => {
    const [method = '', path = ''] = request.split(' ')
    const found = match(method, path)
    expect(found?.kind === 'wrong_method' && [...found.allow].sort()).toEqual([...allow].sort())
  })

  it.each([
    '/',
    '/a',
    '/b/word',
    '/A/word',
    '/a/%zz',
    '/a/%E0%A4%A',
    // What climbs, in every spelling.
    '/a/..',
    '/a/.',
    '/a/%2e%2e',
    '/a/1/../2',
    '/a/1/%2E%2e/2',
    '/a/1/..%2f2',
    '/a/%2e%2e%2fetc',
    '/a/1%5c..%5c2',
    '/a/..%5Cetc/passwd',
    '/a/1/..%5C2',
    '/a/1%00',
    '/a/1/2%00.jpg',
  ])('%s is nobody’s', (path) => {
    expect(match('GET', path)).toBeNull()
  })
})

const no = (...names: string[]) => ({ x: new Set(names) })
it.each([
  ['/a', '/a', 'same'],
  ['/a', '/b', 'apart'],
  ['/a', '/a/b', 'apart'],
  ['/a/:x', '/a/:y', 'same'],
  ['/a/:x', '/a/b', 'nested'],
  ['/a/:x', '/a/b/c', 'apart'],
  ['/a/:x/c', '/a/b/:y', 'crossed'],
  ['/a/:x/c', '/a/:y/d', 'apart'],
  ['/a/:key+', '/a/:rest+', 'same'],
  ['/a/:key+', '/a', 'apart'],
  ['/a/:key+', '/a/:x', 'nested'],
  ['/a/:key+', '/a/b/c/d', 'nested'],
  ['/a/:key+', '/a/:x/:more+', 'nested'],
  ['/a/:x/:more+', '/a/b/:key+', 'nested'],
  ['/a/:x/c', '/a/b/:key+', 'crossed'],
  ['/a/:key+', '/b/:key+', 'apart'],
] as const)('%s and %s are %s', (one, other, relation) => {
  expect(relationOf(patternOf(one), patternOf(other))).toBe(relation)
  expect(relationOf(patternOf(other), patternOf(one))).toBe(relation)
})

test('a word that a parameter does not take keeps two rows apart', () => {
  expect(relationOf(patternOf('/a/:x', no('hms')), patternOf('/a/hms'))).toBe('apart')
  expect(relationOf(patternOf('/a/ota'), patternOf('/a/:x', no('hms')))).toBe('nested')
})

test('no two rows of the platform answer the same requests, or cross', () => {
  const clashes = rows.flatMap((one, index) =>
    rows.slice(index + 1).flatMap((other) => {
      const relation = relationOf(patternOf(one.path, one.except), patternOf(other.path, other.except))
      return one.method === other.method && (relation === 'same' || relation === 'crossed')
        ? [`${one.method} ${one.path} ${relation} ${other.path}`]
        : []
    }),
  )
  expect(clashes).toEqual([])
})
