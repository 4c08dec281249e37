import { describe, expect, test } from 'vitest'
import type { TokenClaims, TokenReading } from '../../../src/core/access/tokens.ts'
import { situationOf } from '../../../src/core/access/tokens.ts'
import type { Session } from '../../../src/core/ports/index.ts'
import { DAY, HOUR, sessionOf } from '../../support/sessions.ts'

const NOW = Date.UTC(2026, 0, 15, 12)
const RULES = { refreshWindowMs: 7 * DAY, refreshGraceMs: 30_000 }
const session = sessionOf(NOW)

const signed = (more: Partial<TokenClaims> = {}): TokenReading => ({
  kind: 'signed',
  claims: {
    sub: 'user-1',
    sid: 'session-1',
    wid: session.workspaceId,
    jti: 'token-2',
    iat: NOW / 1000 - 3600,
    exp: NOW / 1000 + 3600,
    ...more,
  },
})
const expiredFor = (ms: number): TokenReading => signed({ exp: (NOW - ms) / 1000 })

interface Row {
  readonly name: string
  readonly reading: TokenReading
  readonly session?: Session | null
  readonly expected: Readonly<Record<string, unknown>>
}

const rows: readonly Row[] = [
  { name: 'no token', reading: { kind: 'missing' }, expected: { kind: 'none' } },
  {
    name: 'unreadable or forged token',
    reading: { kind: 'invalid', detail: 'signature' },
    expected: { kind: 'invalid' },
  },
  { name: 'current token', reading: signed(), expected: { kind: 'valid', superseded: false } },
  { name: 'expired inside the window', reading: expiredFor(HOUR), expected: { kind: 'refreshable' } },
  { name: 'expired at this very millisecond', reading: expiredFor(0), expected: { kind: 'refreshable' } },
  { name: 'expired at the end of the window', reading: expiredFor(7 * DAY), expected: { kind: 'expired' } },
  { name: 'expired outside the window', reading: expiredFor(8 * DAY), expected: { kind: 'expired' } },
  {
    name: 'spent a moment ago',
    reading: signed({ jti: 'token-1' }),
    session: sessionOf(NOW, { spentAt: NOW - 29_999 }),
    expected: { kind: 'valid', superseded: true },
  },
  {
    name: 'expired and spent a moment ago',
    reading: signed({ jti: 'token-1', exp: NOW / 1000 - 60 }),
    session: sessionOf(NOW, { spentAt: NOW - 1 }),
    expected: { kind: 'refreshable' },
  },
  {
    name: 'spent at the end of the grace',
    reading: signed({ jti: 'token-1' }),
    session: sessionOf(NOW, { spentAt: NOW - 30_000 }),
    expected: { kind: 'spent' },
  },
  { name: 'spent two rotations ago', reading: signed({ jti: 'token-0' }), expected: { kind: 'spent' } },
  {
    name: 'session unknown to the store',
    reading: signed(),
    session: null,
    expected: { kind: 'ended', reason: 'unknown' },
  },
  {
    name: 'session logged out',
    reading: signed(),
    session: sessionOf(NOW, { endedAt: NOW - 1, endReason: 'logout' }),
    expected: { kind: 'ended', reason: 'logout' },
  },
  {
    name: 'session at its absolute end',
    reading: signed(),
    session: sessionOf(NOW, { expiresAt: NOW }),
    expected: { kind: 'expired' },
  },
  { name: 'token of another session', reading: signed({ sid: 'session-2' }), expected: { kind: 'invalid' } },
  { name: 'token of another user', reading: signed({ sub: 'user-2' }), expected: { kind: 'invalid' } },
  {
    name: 'token of another workspace',
    reading: signed({ wid: 'elsewhere' }),
    expected: { kind: 'invalid' },
  },
]

describe('the token situations', () => {
  test.each(rows)('$name', ({ reading, session: stored = session, expected }) => {
    expect(situationOf(reading, stored, NOW, RULES)).toMatchObject(expected)
  })
})
