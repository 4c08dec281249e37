import { describe, expect, it } from 'vitest'
import { deviceOf } from '../../src/plugins/phone-login/asking.ts'
import { nearnessOf } from '../../src/plugins/phone-login/nearness.ts'
import {
  type Decision,
  parseDecision,
  readGrant,
  readRequest,
  writeDecision,
} from '../../src/plugins/phone-login/records.ts'
import { PICK_UP_MS, paced, pollResult, standingFor } from '../../src/plugins/phone-login/standing.ts'

const NOW = 1_000_000
const ADA = { id: 'ada', username: 'Ada', workspace: { id: 'w', name: 'Harbour', description: '' } }
const approved: Decision = { kind: 'approved', user: ADA, source: 'host' }
const denied: Decision = { kind: 'denied', userId: 'ada' }

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
    ['somebody else denied it', later, { userId: 'ben' }, { kind: 'denied', userId: 'ben' }, 'used'],
  ] as const)('%s', (_when, request, claim, decision, standing) => {
    expect(standingFor('ada', request, claim, decision, NOW)).toBe(standing)
  })
})

describe('what the controller is told', () => {
  it.each([
    ['pending', NOW + 1, null, 'authorization_pending'],
    ['its time is over', NOW, null, 'expired_token'],
    ['denied', NOW + 1, denied, 'access_denied'],
    ['approved', NOW + 1, approved, 'approved'],
    ['approved in the last moment', NOW - PICK_UP_MS + 1, approved, 'approved'],
    ['approved long ago', NOW - PICK_UP_MS, approved, 'expired_token'],
  ] as const)('%s', (_when, expiresAt, decision, status) => {
    expect(pollResult(expiresAt, decision, NOW).status).toBe(status)
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

describe('whether controller and phone are in the same network', () => {
  it.each([
    ['the same public address: one NAT', '203.0.113.7', '203.0.113.7', 'same'],
    ['two public addresses', '203.0.113.7', '203.0.113.8', 'other'],
    ['mapped into IPv6', '::ffff:203.0.113.7', '203.0.113.7', 'same'],
    ['with a port', '203.0.113.7:4711', '203.0.113.7', 'same'],
    ['one /56 of IPv6', '2001:db8:1:200::1', '2001:db8:1:2ff::2', 'same'],
    ['two networks of IPv6', '2001:db8:1:200::1', '2001:db8:1:300::2', 'other'],
    ['one has IPv6 only', '2001:db8:1:200::1', '203.0.113.7', 'unknown'],
    ['two of one office', '192.168.1.7', '192.168.1.9', 'same'],
    ['two parts of an office', '192.168.1.7', '192.168.2.9', 'unknown'],
    ['the same inner address: a proxy that is not trusted', '10.0.0.1', '10.0.0.1', 'unknown'],
    ['the same machine', '127.0.0.1', '127.0.0.1', 'unknown'],
    ['one inside, one outside', '192.168.1.7', '203.0.113.7', 'unknown'],
    ['a VPN with addresses of providers', '100.64.0.1', '100.65.0.2', 'unknown'],
    ['unique local addresses of IPv6', 'fd00::1', 'fd00::2', 'unknown'],
    ['no address', 'unix:', 'unix:', 'unknown'],
    ['nothing', '', '', 'unknown'],
  ] as const)('%s', (_what, one, other, nearness) => {
    expect(nearnessOf(one, other)).toBe(nearness)
    expect(nearnessOf(other, one)).toBe(nearness)
  })
})

describe('the model in the name of a browser', () => {
  it.each([
    ['Mozilla/5.0 (Linux; Android 10; DJI RC Pro Enterprise; wv) dji-open-platform', 'DJI RC Pro Enterprise'],
    ['Mozilla/5.0 (Linux; Android 10; RM500 Build/QKQ1; wv) AppleWebKit/537.36', 'RM500'],
    ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36', null],
    ['Mozilla/5.0 (X11; Linux x86_64) Chrome/1', null],
    [`Mozilla/5.0 (Linux; Android 10; ${'x'.repeat(150)}) y`, 'x'.repeat(64)],
    ['Mozilla/5.0 (Linux; Android 10; a\u202eb\u0007c) y', 'abc'],
    ['x'.repeat(5_000), null],
    [undefined, null],
    [['a', 'b'], null],
  ])('%j', (agent, device) => expect(deviceOf(agent)).toBe(device))
})

describe('what is read from the shared store', () => {
  const text = writeDecision(approved, 'a-request')

  it('is a decision about its own request only', () => {
    expect(parseDecision(text, 'a-request')).toEqual(approved)
    expect(parseDecision(text, 'another-request')).toBeNull()
  })

  it('is read only if it has the right form', () => {
    for (const wrong of ['{}', '{"about":"a-request","decision":{"kind":"approved"}}', 'null', 'no json'])
      expect(parseDecision(wrong, 'a-request')).toBeNull()
    expect(readGrant({ userCode: 1 })).toBeNull()
    expect(readRequest(undefined)).toBeNull()
  })
})
