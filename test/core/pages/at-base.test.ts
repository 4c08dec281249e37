import { describe, expect, test } from 'vitest'
import { wayToMount } from '../../../src/core/http/addresses.ts'
import { atBase, baseOf, mqttAtBase } from '../../../src/core/pages/at-base.ts'
import type { Bootstrap } from '../../../src/core/pages/page-data.ts'

const bootstrap = (addresses_from: Bootstrap['addresses_from']): Bootstrap => ({
  license: null,
  workspace: { id: 'w', name: '', description: '' },
  platform_name: '',
  user: { id: 'u', username: 'u', role: 'pilot' },
  session: { id: 's', expires_at: 0 },
  token: { access_token: null, expires_at: 0 },
  api_host: 'http://app:3000/',
  ws_host: 'ws://app:3000/api/v1/ws',
  addresses_from,
  modules: [
    { name: 'api', needs: [], reload_with_token: false, params: { host: 'http://app:3000/' } },
    { name: 'ws', needs: [], reload_with_token: true, params: { host: 'ws://app:3000/api/v1/ws' } },
    { name: 'mop', needs: [], reload_with_token: true, params: { host: 'wss://elsewhere.example/mop' } },
    { name: 'thing', needs: [], reload_with_token: false, params: {} },
  ],
  server_time: 0,
  build: '',
})
const BASE = 'https://site.example/drones'

describe('the way from a page to the mount', () => {
  test.each([
    ['/pilot', '.'],
    ['/pilot/', '..'],
    ['//pilot', '..'],
    ['/pilot/login', '..'],
    ['/pilot/assets/hash/name', '../../..'],
  ])('%s: %s', (path, way) => {
    expect(wayToMount(path)).toBe(way)
    expect(new URL(`${way}/pilot`, `${BASE}${path}`).pathname.replace(/\/+/g, '/')).toBe('/drones/pilot')
  })
})

test.each([
  ['../manage/api/v1', `${BASE}/pilot/login`, BASE],
  ['/manage/api/v1', 'http://x:1/pilot', 'http://x:1'],
  ['https://api.example/d/manage/api/v1', 'http://x:1/pilot', 'https://api.example/d'],
  ['/other', 'http://x:1/pilot', null],
])('the base of %s on %s is %s', (api, page, base) => {
  expect(baseOf({ api }, page)).toBe(base)
})

test('what was read off the request gives way to what the page knows', () => {
  const { api_host, ws_host, modules } = atBase(bootstrap('request'), BASE)
  expect([api_host, ws_host]).toEqual([`${BASE}/`, 'wss://site.example/drones/api/v1/ws'])
  expect(modules.map(({ params }) => params)).toEqual([
    { host: `${BASE}/` },
    { host: 'wss://site.example/drones/api/v1/ws' },
    { host: 'wss://elsewhere.example/mop' },
    {},
  ])
})

test('what was configured stands', () => {
  expect(atBase(bootstrap('public_url'), BASE)).toEqual(bootstrap('public_url'))
  expect(atBase(bootstrap('request'), null)).toEqual(bootstrap('request'))
})

test.each<[string, Bootstrap | null, string]>([
  ['tcp://app:1883', bootstrap('request'), 'tcp://site.example:1883'],
  ['ssl://mqtt.example:8883', bootstrap('request'), 'ssl://mqtt.example:8883'],
  ['tcp://app:1883', bootstrap('public_url'), 'tcp://app:1883'],
  ['tcp://app:1883', null, 'tcp://app:1883'],
  ['nonsense', bootstrap('request'), 'nonsense'],
])('the broker at %s', (address, given, told) => {
  expect(mqttAtBase(address, given, BASE)).toBe(told)
})
