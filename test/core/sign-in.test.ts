import { describe, expect, it } from 'vitest'
import { hostDataOf, readHostData } from '../../src/core/access/host-data.ts'
import { readReturnTo, returnToBelow } from '../../src/core/sign-in/return-to.ts'
import { isFromOwnPage } from '../../src/core/sign-in/same-origin.ts'
import { sourceFault } from '../../src/core/sign-in/source-fault.ts'

const PLACE = { host: 'cloud.example.com', secure: true, mount: '/drones' }
const PUBLIC = 'https://cloud.example.com/drones'

describe('a return address from outside', () => {
  it.each([
    ['/drones/pilot/login', '/drones/pilot/login'],
    ['/drones/pilot/login?a=1&b=%2F%2Fevil', '/drones/pilot/login?a=1&b=%2F%2Fevil'],
    ['https://cloud.example.com/drones/pilot', '/drones/pilot'],
    ['https://cloud.example.com:443/drones/pilot', '/drones/pilot'],
    ['https://user:pass@cloud.example.com/drones/pilot#x', '/drones/pilot'],
    ['/drones/a/../pilot', '/drones/pilot'],
  ])('%s is ours', (value, path) => {
    const found = { path, url: `https://cloud.example.com${path}` }
    expect(readReturnTo(undefined, PLACE, value)).toEqual(found)
    // A proxy has taken the prefix off, and the public address brings it back.
    expect(readReturnTo(PUBLIC, { host: '10.0.0.5:3000', secure: false, mount: '' }, value)).toEqual(found)
  })

  it.each([
    'https://evil.example/drones/pilot',
    '//evil.example/drones/pilot',
    '/\\evil.example/drones/pilot',
    '\\\\evil.example',
    'http://cloud.example.com/drones/pilot',
    'https://cloud.example.com.evil.example/drones/pilot',
    'https://cloud.example.com@evil.example/drones/pilot',
    'javascript:alert(1)',
    'data:text/html,x',
    '/elsewhere',
    '/drones',
    '/drones-of-others/pilot',
    '/drones/../elsewhere',
    '/drones/%2e%2e/elsewhere',
    'pilot',
    '\t//evil.example/drones/pilot',
    '',
    'https://',
    42,
    ['/drones/pilot'],
    null,
    undefined,
  ])('%s is not', (value) => {
    expect(readReturnTo(undefined, PLACE, value)).toBeNull()
  })

  it('has an end', () => {
    expect(readReturnTo(undefined, PLACE, `/drones/${'x'.repeat(2041)}`)).toBeNull()
    expect(readReturnTo(undefined, PLACE, `/drones/${'x'.repeat(2040)}`)).not.toBeNull()
  })

  it('is no name of a host where the platform stands at the root', () => {
    const root = { ...PLACE, mount: '' }
    expect(readReturnTo(undefined, root, 'https://cloud.example.com//evil.example/x')).toBeNull()
    expect(readReturnTo(undefined, root, '/.//evil.example/x')).toBeNull()
    expect(readReturnTo(undefined, root, '/pilot/login')?.path).toBe('/pilot/login')
  })

  it('is made of a path below the mount, and of nothing else', () => {
    expect(returnToBelow(undefined, PLACE, '/phone/approve?code=x')).toEqual({
      path: '/drones/phone/approve?code=x',
      url: 'https://cloud.example.com/drones/phone/approve?code=x',
    })
    for (const path of ['//evil.example', 'https://evil.example', 'phone', ''])
      expect(() => returnToBelow(undefined, { ...PLACE, mount: '' }, path), path).toThrow(TypeError)
    expect(() => returnToBelow(undefined, PLACE, '/../x')).toThrow(TypeError)
  })
})

describe('a call from a page of ours', () => {
  const own = { 'x-dji-cloud': '1', origin: 'https://cloud.example.com' }
  const asked = (headers: Record<string, string>, more = {}) => ({
    ...{ host: 'cloud.example.com', secure: true, headers },
    ...more,
  })
  it.each([
    ['origin', own, {}],
    ['origin and fetch metadata', { ...own, 'sec-fetch-site': 'same-origin' }, {}],
    ['fetch metadata alone', { 'x-dji-cloud': '1', 'sec-fetch-site': 'same-origin' }, {}],
    ['referrer alone', { 'x-dji-cloud': '1', referer: 'https://cloud.example.com/drones/pilot/login' }, {}],
    ['a Host with the default port', own, { host: 'cloud.example.com:443' }],
    ['a proxy that is not trusted with the scheme', own, { secure: false }],
    ['a port', { ...own, origin: 'http://192.168.1.5:3000' }, { host: '192.168.1.5:3000', secure: false }],
  ])('passes: %s', (_name, headers, more) => {
    expect(isFromOwnPage(asked(headers, more), undefined)).toBe(true)
  })
  it('passes where a proxy has changed the host, by the public address', () => {
    expect(isFromOwnPage(asked(own, { host: '10.0.0.5', secure: false }), PUBLIC)).toBe(true)
    expect(isFromOwnPage(asked(own, { host: '10.0.0.5', secure: false }), undefined)).toBe(false)
  })
  it.each([
    ['no header of ours', { origin: own.origin }, {}],
    ['no origin at all', { 'x-dji-cloud': '1' }, {}],
    ['another origin', { ...own, origin: 'https://evil.example' }, {}],
    ['the origin of a sandboxed or no-referrer page', { ...own, origin: 'null' }, {}],
    [
      'a null origin that fetch metadata would let pass',
      { ...own, origin: 'null', 'sec-fetch-site': 'same-origin' },
      {},
    ],
    ['the same site, another origin', { ...own, 'sec-fetch-site': 'same-site' }, {}],
    ['cross-site', { ...own, 'sec-fetch-site': 'cross-site' }, {}],
    ['a subdomain', { ...own, origin: 'https://a.cloud.example.com' }, {}],
    ['another port', { ...own, origin: 'https://cloud.example.com:8443' }, {}],
    ['http to https', { ...own, origin: 'http://cloud.example.com' }, {}],
    ['another referrer', { 'x-dji-cloud': '1', referer: 'https://evil.example/?cloud.example.com' }, {}],
    ['no address', { ...own, origin: 'x' }, {}],
  ])('does not pass: %s', (_name, headers, more) => {
    expect(isFromOwnPage(asked(headers, more), undefined)).toBe(false)
    expect(isFromOwnPage(asked(headers, more), PUBLIC)).toBe(false)
  })
})

describe('data of the host', () => {
  it('is JSON of 4 KiB at most', () => {
    expect(readHostData(String(hostDataOf({ a: ['ü', null, 1.5] })))).toEqual({ a: ['ü', null, 1.5] })
    expect(hostDataOf(undefined)).toBeNull()
    expect(hostDataOf('x'.repeat(4094))).toHaveLength(4096)
    const circle: Record<string, unknown> = { secret: 'fake-secret-of-a-test' }
    circle['self'] = circle
    for (const wrong of ['x'.repeat(4095), 'ü'.repeat(2048), circle, 1n, () => 1])
      expect(() => hostDataOf(wrong)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
    expect(() => hostDataOf(circle)).not.toThrow(/fake-secret/)
  })
})

describe('a sign-in source', () => {
  const sound = { id: 'oidc', label: 'Example SSO', currentUser: () => null, startUrl: () => '/start' }
  it.each([
    ['an id', { id: 'OIDC' }, /wrong id/],
    ['no label', { label: ' ' }, /oidc, which needs a label/],
    ['no currentUser', { currentUser: undefined }, /currentUser/],
    ['no startUrl', { startUrl: '/start' }, /startUrl/],
    ['a findById', { findById: 'x' }, /findById/],
    ['a signOutUrl', { signOutUrl: '/out' }, /signOutUrl/],
  ])('with %s is a fault', (_name, more, words) => {
    expect(sourceFault({ ...sound, ...more } as never, true)).toMatch(words)
  })
  it('without findById needs users that can be asked', () => {
    expect(sourceFault(sound, true)).toBeNull()
    expect(sourceFault(sound, false)).toMatch(/findById\(id, data\), because/)
    expect(sourceFault({ ...sound, findById: () => null }, false)).toBeNull()
  })
})
