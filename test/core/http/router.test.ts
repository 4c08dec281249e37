import { expect, test } from 'vitest'
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

test('every row with a serial number knows the words of the demo that are none', () => {
  const rows = routeTable({ options: parseOptions({}, {}), assets: {} } as never, { jwks: { keys: [] } })
  const withSerial = rows.filter(({ path }) => path.includes(':device_sn'))
  expect(withSerial.length).toBeGreaterThan(3)
  for (const { path, except } of withSerial)
    expect([path, [...(except?.['device_sn'] ?? [])]]).toEqual([
      path,
      expect.arrayContaining(['hms', 'ota', 'bound']),
    ])
})
