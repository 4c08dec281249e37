import { describe, expect, test } from 'vitest'
import { type PlacedRequest, placeOf } from '../../../src/adapters/http/express-request.ts'

const ROWS: readonly [string, PlacedRequest, { mount: string; url: string }][] = [
  [
    'Express at the root',
    { baseUrl: '', url: '/pilot?a=1', originalUrl: '/pilot?a=1', params: {} },
    { mount: '', url: '/pilot?a=1' },
  ],
  [
    'Express below a path',
    { baseUrl: '/drones', url: '/pilot', originalUrl: '/drones/pilot', params: {} },
    { mount: '/drones', url: '/pilot' },
  ],
  [
    'Express below a path, its own page',
    { baseUrl: '/drones', url: '/?a=1', originalUrl: '/drones?a=1', params: {} },
    { mount: '/drones', url: '/?a=1' },
  ],
  [
    'Express at the root, its own page',
    { baseUrl: '', url: '/', originalUrl: '/', params: {} },
    { mount: '', url: '/' },
  ],
  [
    'Express below a name',
    { baseUrl: '/pilot', url: '/', originalUrl: '/pilot', params: { tenant: 'pilot' } },
    { mount: '/pilot', url: '/' },
  ],
  [
    'Express 5, a wildcard',
    { baseUrl: '/pilot', url: '/', originalUrl: '/pilot', params: { splat: ['pilot'] } },
    { mount: '', url: '/pilot' },
  ],
  [
    'Express 5, a wildcard and a query',
    {
      baseUrl: '/pilot/login',
      url: '/?reason=spent',
      originalUrl: '/pilot/login?reason=spent',
      params: { splat: ['pilot', 'login'] },
    },
    { mount: '', url: '/pilot/login?reason=spent' },
  ],
  [
    'Express 5, a wildcard below a path',
    {
      baseUrl: '/api/manage/api/v1/login',
      url: '/',
      originalUrl: '/api/manage/api/v1/login',
      params: { splat: ['manage', 'api', 'v1', 'login'] },
    },
    { mount: '/api', url: '/manage/api/v1/login' },
  ],
  [
    'Express 5, a wildcard and doubled slashes',
    {
      baseUrl: '/api/pilot//login',
      url: '/',
      originalUrl: '/api/pilot//login/',
      params: { splat: ['pilot', '', 'login', ''] },
    },
    { mount: '/api', url: '/pilot//login/' },
  ],
  [
    'Express 5, an encoded segment',
    { baseUrl: '/x%2Fy', url: '/', originalUrl: '/x%2Fy', params: { splat: ['x/y'] } },
    { mount: '', url: '/x%2Fy' },
  ],
  [
    'Express 4, a wildcard below a path',
    { baseUrl: '/api/pilot/login', url: '/', originalUrl: '/api/pilot/login', params: { 0: 'pilot/login' } },
    { mount: '/api', url: '/pilot/login' },
  ],
  [
    'Express 5, a wildcard that matched nothing',
    { baseUrl: '', url: '/', originalUrl: '/', params: { splat: [] } },
    { mount: '', url: '/' },
  ],
  ['connect at the root', { url: '/pilot', originalUrl: '/pilot' }, { mount: '', url: '/pilot' }],
  [
    'connect below a path',
    { url: '/pilot?a=1', originalUrl: '/drones/pilot?a=1' },
    { mount: '/drones', url: '/pilot?a=1' },
  ],
  [
    'connect, a whole address',
    { url: '/pilot', originalUrl: 'http://x:1/drones/pilot' },
    { mount: '/drones', url: '/pilot' },
  ],
  [
    'connect, a slash at the end taken off',
    { url: '/pilot', originalUrl: '/drones/pilot/' },
    { mount: '', url: '/pilot' },
  ],
  [
    'Nest on Fastify, a wildcard',
    { url: '/?a=1', originalUrl: '/pilot?a=1' },
    { mount: '', url: '/pilot?a=1' },
  ],
  ["Node's own", { url: '/pilot' }, { mount: '', url: '/pilot' }],
  ["Node's own, no address at all", {}, { mount: '', url: '/' }],
]

describe('where a request stands', () => {
  test.each(ROWS)('%s', (_name, request, place) => {
    expect(placeOf(request)).toEqual(place)
  })
})
