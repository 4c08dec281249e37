import { describe, expect, it } from 'vitest'
import { deviceOf } from '../../src/plugins/phone-login/asking.ts'
import { IN_FLIGHT_MS, PICK_UP_MS, phaseOf } from '../../src/plugins/phone-login/lifetime.ts'
import { isElsewhere } from '../../src/plugins/phone-login/nearness.ts'
import type { Decision } from '../../src/plugins/phone-login/records.ts'
import { finalOf, paced, pollStatus, standingFor } from '../../src/plugins/phone-login/standing.ts'

const NOW = 1_000_000
const by = (kind: Decision['kind'], id: string): Decision => ({
  ...{ id: `${kind} by ${id}`, kind, at: NOW, source: 'host', address: '203.0.113.9' },
  user: { id, username: id, workspace: { id: 'w', name: 'Harbour', description: '' } },
  asking: { address: '203.0.113.7', serial: null, device: null },
})
const approved = by('approved', 'ada')
const denied = by('denied', 'ada')

describe('the time of a code, on the server and on the page of the controller', () => {
  it.each([
    ['before its end', -1, 'open'],
    ['at its end', 0, 'settling'],
    ['while a decision may be on its way', IN_FLIGHT_MS - 1, 'settling'],
    ['after that', IN_FLIGHT_MS, 'closing'],
    ['at the last moment of a pick-up', PICK_UP_MS - 1, 'closing'],
    ['after that', PICK_UP_MS, 'over'],
  ] as const)('%s (%i ms): %s', (_when, after, phase) => {
    expect(phaseOf(NOW + after, NOW)).toBe(phase)
  })

  it('a phone decides only while it is open, and whatever came in then is picked up until it is over', () => {
    for (let after = -2; after < PICK_UP_MS + 2; after += 1) {
      const phase = phaseOf(NOW + after, NOW)
      const standing = standingFor('ada', { expiresAt: NOW }, null, null, NOW + after)
      expect(standing === 'open').toBe(phase === 'open')
      expect(pollStatus(NOW, approved, NOW + after) === 'approved').toBe(phase !== 'over')
    }
  })
})

describe('how a request stands for a user', () => {
  const later = { expiresAt: NOW + 1 }
  const over = { expiresAt: NOW }
  it.each([
    ['nobody has opened it', later, null, null, 'open'],
    ['the same user has it open', later, { userId: 'ada' }, null, 'open'],
    ['somebody else has it open', later, { userId: 'ben' }, null, 'opened_elsewhere'],
    ['its time is over', over, null, null, 'expired'],
    ['its time is over while somebody else has it open', over, { userId: 'ben' }, null, 'expired'],
    ['the user approved it', later, { userId: 'ada' }, approved, 'approved'],
    ['the user approved it, and its time is over', over, { userId: 'ada' }, approved, 'approved'],
    ['the user denied it', later, { userId: 'ada' }, denied, 'denied'],
    ['somebody else denied it', later, { userId: 'ben' }, by('denied', 'ben'), 'used'],
  ] as const)('%s', (_when, request, claim, decision, standing) => {
    expect(standingFor('ada', request, claim, decision, NOW)).toBe(standing)
  })
})

describe('a denial after an approval', () => {
  it.each([
    ['there is none', approved, null, approved],
    ['by the same user counts', approved, denied, denied],
    ['by another user does not', approved, by('denied', 'ben'), approved],
    ['alone is nothing', null, denied, null],
  ])('%s', (_what, decision, withdrawal, final) => {
    expect(finalOf(decision, withdrawal)).toBe(final)
  })
})

describe('what the controller is told', () => {
  it.each([
    ['pending', NOW + 1, null, 'authorization_pending'],
    ['its time is over, and a decision may be on its way', NOW, null, 'authorization_pending'],
    ['its time is over, and nothing came', NOW - IN_FLIGHT_MS, null, 'expired_token'],
    ['denied', NOW + 1, denied, 'access_denied'],
    ['approved', NOW + 1, approved, 'approved'],
    ['approved in the last moment', NOW - PICK_UP_MS + 1, approved, 'approved'],
    ['approved long ago', NOW - PICK_UP_MS, approved, 'expired_token'],
  ] as const)('%s', (_when, expiresAt, decision, status) => {
    expect(pollStatus(expiresAt, decision, NOW)).toBe(status)
  })

  it('to ask less often, if it asks too often, from then on', () => {
    const first = paced(null, NOW)
    expect(first).toEqual({ pace: { at: NOW, intervalMs: 2_000 }, tooFast: false })
    expect(paced(first.pace, NOW + 1_600).tooFast).toBe(false)
    const slowed = paced(first.pace, NOW + 1_000)
    expect(slowed).toEqual({ pace: { at: NOW + 1_000, intervalMs: 7_000 }, tooFast: true })
    expect(paced(slowed.pace, NOW + 3_000)).toMatchObject({ tooFast: true, pace: { intervalMs: 12_000 } })
    expect(paced(slowed.pace, NOW + 8_000).tooFast).toBe(false)
  })
})

describe('whether controller and phone are certainly in different networks', () => {
  it.each([
    ['two public addresses', '203.0.113.7', '203.0.113.8', true],
    ['two networks of IPv6', '2001:db8:1:200::1', '2001:db8:1:300::2', true],
    [
      'the same public address: a provider gives one to thousands of phones',
      '203.0.113.7',
      '203.0.113.7',
      false,
    ],
    ['mapped into IPv6', '::ffff:203.0.113.7', '203.0.113.7', false],
    ['with a port', '203.0.113.7:4711', '203.0.113.7', false],
    ['one /56 of IPv6', '2001:db8:1:200::1', '2001:db8:1:2ff::2', false],
    ['one has IPv6 only', '2001:db8:1:200::1', '203.0.113.7', false],
    ['two of one office', '192.168.1.7', '192.168.1.9', false],
    ['the same inner address: a proxy that is not trusted', '10.0.0.1', '10.0.0.1', false],
    ['one inside, one outside', '192.168.1.7', '203.0.113.7', false],
    ['a VPN with addresses of providers', '100.64.0.1', '100.65.0.2', false],
    ['unique local addresses of IPv6', 'fd00::1', 'fd00::2', false],
    ['no address', 'unix:', 'unix:', false],
    ['nothing', '', '', false],
  ] as const)('%s', (_what, one, other, elsewhere) => {
    expect(isElsewhere(one, other)).toBe(elsewhere)
    expect(isElsewhere(other, one)).toBe(elsewhere)
  })
})

describe('the model in the name of a browser', () => {
  it.each([
    ['Mozilla/5.0 (Linux; Android 10; DJI RC Pro Enterprise; wv) dji-open-platform', 'RC Pro Enterprise'],
    ['Mozilla/5.0 (Linux; Android 10; RC Plus 2; wv) dji-open-platform', 'RC Plus 2'],
    [
      'Mozilla/5.0 (Linux; Android 10; RM500 Build/QKQ1; wv) AppleWebKit/537.36',
      'Smart Controller Enterprise',
    ],
    ['Mozilla/5.0 (Linux; Android 10; SM-T575 Build/QP1A; wv) AppleWebKit/537.36', 'SM-T575'],
    ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36', null],
    ['Mozilla/5.0 (X11; Linux x86_64) Chrome/1', null],
    [`Mozilla/5.0 (Linux; Android 10; ${'x'.repeat(150)}) y`, 'x'.repeat(24)],
    ['Mozilla/5.0 (Linux; Android 10; Your boss says: press Approve now) y', 'Your boss says press App'],
    ['Mozilla/5.0 (Linux; Android 10; RC Plus <b>x</b>) y', 'RC Plus bxb'],
    ['Mozilla/5.0 (Linux; Android 10; a\u202eb\u0007c) y', 'abc'],
    ['Mozilla/5.0 (Linux; Android 10; \u6279\u51c6) y', null],
    ['x'.repeat(5_000), null],
    [undefined, null],
    [['a', 'b'], null],
  ])('%j', (agent, device) => expect(deviceOf(agent)).toBe(device))
})
