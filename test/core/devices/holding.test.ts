import { describe, expect, it } from 'vitest'
import {
  outranks,
  PATIENCE_MS,
  type Party,
  type Situation,
  standingOf,
  successorOf,
  takesByNaming,
} from '../../../src/core/devices/holding.ts'
import { createLiveness, liveUserOf } from '../../../src/core/devices/live.ts'
import type { GatewayView } from '../../../src/core/devices/records.ts'
import type { Reservation } from '../../../src/core/devices/reservations.ts'

const NOW = 1_000_000
const SILENCE = 60_000

const party = (more: Partial<Party> = {}): Party => ({
  ...{ gateway: 'G2', userId: 'U1', live: true, lastAt: NOW },
  ...more,
})
const holder = (more: Partial<Party> = {}): Party => party({ gateway: 'G1', ...more })
const situation = (more: Partial<Situation> = {}): Situation => ({
  ...{ party: party(), holder: holder(), reserved: null, isOnline: true, now: NOW, silenceMs: SILENCE },
  ...more,
})

const reserved = (more: Partial<Reservation> = {}): Reservation => ({
  ...{ userId: 'U1', sessionId: 'S1', workspaceId: 'W1', gateway: 'G1', until: NOW + 1 },
  ...more,
})

describe('which gateway may speak for an aircraft, and which one takes it by a report', () => {
  it.each<[string, Partial<Situation>, ReturnType<typeof standingOf>]>([
    ['nobody holds it', { holder: null }, 'takes'],
    ['it is the holder', { holder: holder({ gateway: 'G2', userId: 'U9' }) }, 'takes'],
    ['the holder is gone', { holder: holder({ live: false }) }, 'takes'],
    ['the holder is gone, of another user', { holder: holder({ live: false, userId: 'U9' }) }, 'takes'],
    ['the holder of the same user reports', {}, 'speaks'],
    ['... paused as long as it may', { holder: holder({ lastAt: NOW - PATIENCE_MS }) }, 'speaks'],
    ['... paused longer', { holder: holder({ lastAt: NOW - PATIENCE_MS - 1 }) }, 'takes'],
    ['... is live without the aircraft', { isOnline: false }, 'takes'],
    ['the holder of another user reports', { holder: holder({ userId: 'U9' }) }, 'silent'],
    ['... paused', { holder: holder({ userId: 'U9', lastAt: NOW - SILENCE }) }, 'silent'],
    ['... is silent', { holder: holder({ userId: 'U9', lastAt: NOW - SILENCE - 1 }) }, 'takes'],
    [
      '... is silent, and no silence is set',
      { holder: holder({ userId: 'U9', lastAt: 0 }), silenceMs: 0 },
      'silent',
    ],
    ['... is live without the aircraft', { holder: holder({ userId: 'U9' }), isOnline: false }, 'silent'],
    [
      'nobody holds it, it waits for another user',
      { holder: null, reserved: reserved({ userId: 'U9' }) },
      'silent',
    ],
    ['... for the same user', { holder: null, reserved: reserved() }, 'takes'],
    [
      'the holder is gone, it waits for its user',
      { holder: holder({ live: false, userId: 'U9' }), reserved: reserved({ userId: 'U9' }) },
      'silent',
    ],
    ['... of the same user', { holder: holder({ live: false }), reserved: reserved() }, 'takes'],
    [
      'it is the holder, and unknown after a restart',
      { holder: holder({ gateway: 'G2', userId: '' }), reserved: reserved() },
      'takes',
    ],
    ['it waits for a user who is not known', { holder: null, reserved: reserved({ userId: '' }) }, 'silent'],
    ['... at this controller', { holder: null, reserved: reserved({ userId: '', gateway: 'G2' }) }, 'takes'],
    [
      'it waits at this controller, for another user',
      { holder: null, reserved: reserved({ userId: 'U9', gateway: 'G2' }) },
      'silent',
    ],
    [
      '... and who is here now is not known',
      { party: party({ userId: '' }), holder: null, reserved: reserved({ gateway: 'G2' }) },
      'takes',
    ],
    ['neither user is known', { party: party({ userId: '' }), holder: holder({ userId: '' }) }, 'silent'],
  ])('%s', (_, more, expected) => expect(standingOf(situation(more))).toBe(expected))
})

describe('which gateway takes an aircraft by naming it', () => {
  it.each<[string, Partial<Situation>, boolean]>([
    ['nobody holds it', { holder: null }, true],
    ['it is the holder', { holder: holder({ gateway: 'G2', userId: 'U9' }) }, true],
    ['the holder is gone', { holder: holder({ live: false, userId: 'U9' }) }, true],
    ['the same user has it online', {}, false],
    ['the same user has it, offline', { isOnline: false }, true],
    ['the same user has it, long silent', { holder: holder({ lastAt: 0 }) }, false],
    [
      'nobody has it, and it waits for another user',
      { holder: null, reserved: reserved({ userId: 'U9' }) },
      false,
    ],
    ['nobody has it, and it waits for this user', { holder: null, reserved: reserved() }, true],
    [
      'the holder is gone, and it waits for its user',
      { holder: holder({ live: false, userId: 'U9' }), reserved: reserved({ userId: 'U9' }) },
      false,
    ],
    ['another user has it, offline', { holder: holder({ userId: 'U9' }), isOnline: false }, false],
    ['another user has it, long silent', { holder: holder({ userId: 'U9', lastAt: 0 }) }, false],
  ])('%s: %s', (_, more, expected) => expect(takesByNaming(situation(more))).toBe(expected))
})

describe('which gateway gets the aircraft next', () => {
  it.each<[string, Party[], string | null]>([
    ['nobody is linked', [], null],
    ['itself', [holder()], null],
    ['one of the same user', [party()], 'G2'],
    ['one that is not there', [party({ live: false })], null],
    ['one of another user', [party({ userId: 'U9' })], null],
    ['of two the one that reported last', [party({ lastAt: 1 }), party({ gateway: 'G3', lastAt: 2 })], 'G3'],
  ])('%s', (_, linked, expected) => expect(successorOf(holder(), linked)?.gateway ?? null).toBe(expected))
})

describe('of two nodes that have an aircraft', () => {
  const tenure = (gateway: string, onlineSince: number, handovers = 0) => ({
    gateway,
    onlineSince,
    handovers,
  })
  it.each([
    ['the earlier one', tenure('G2', 1), tenure('G1', 2)],
    ['the one that it has moved to', tenure('G2', 5, 1), tenure('G1', 2)],
    ['in the same millisecond, one of them', tenure('G1', 1), tenure('G2', 1)],
  ])('%s keeps it, at both', (_, one, other) =>
    expect([outranks(one, other), outranks(other, one)]).toEqual([true, false]),
  )
})

describe('the user who has a device in use', () => {
  const view = (more: Partial<GatewayView> = {}): GatewayView => ({
    ...{ serial: 'G1', workspaceId: 'W1', sessionId: 'S1', userId: 'U1', model: null, nickname: null },
    ...{ online: true, onlineSince: 1, connected: true, awaitingReconnect: false, lastSeenAt: NOW },
    ...{ aircraft: [], linked: [] },
    ...more,
  })
  const flying = (online: boolean) => [
    {
      serial: 'A1',
      model: { key: '0-77-0', name: null },
      ...{ nickname: null, controllerIndex: null },
      online,
      onlineSince: 1,
      handovers: 0,
      lastSeenAt: 1,
    },
  ]
  const quiet = { lastSeenAt: NOW - SILENCE - 1, online: false }
  const waiting = reserved({ userId: 'U2' })
  it.each<[string, string, GatewayView | null, string | null, (Reservation | null)?]>([
    ['nobody has seen it', 'G1', null, null],
    ['nobody has seen it, and it waits for somebody', 'G1', null, 'U2', waiting],
    ['online', 'G1', view(), 'U1', waiting],
    ['within the grace, left on purpose', 'G1', view({ connected: false }), null],
    ['within the grace, lost', 'G1', view({ connected: false }), 'U2', waiting],
    ['gone, and it waits for somebody', 'G1', view({ online: false, connected: false }), 'U2', waiting],
    ['an aircraft that is off and waits', 'A1', view({ aircraft: flying(false) }), 'U2', waiting],
    ['connected, and has not said what it is', 'G1', view({ online: false }), 'U1'],
    ['connected and silent', 'G1', view(quiet), null],
    ['gone', 'G1', view({ online: false, connected: false }), null],
    ['an aircraft that flies', 'A1', view({ aircraft: flying(true) }), 'U1'],
    ['an aircraft that is off', 'A1', view({ aircraft: flying(false) }), null],
    [
      'an aircraft that it only named',
      'A1',
      view({ linked: [{ serial: 'A1', mayReport: false, controllerIndex: 'B' }] }),
      null,
    ],
    [
      'awaited after a restart',
      'G1',
      view({ online: false, connected: false, awaitingReconnect: true }),
      'U1',
    ],
    [
      'an aircraft whose controller is awaited',
      'A1',
      view({ awaitingReconnect: true, aircraft: flying(false) }),
      'U1',
    ],
    ['unknown user', 'G1', view({ userId: '' }), ''],
  ])('%s', (_, serial, at, expected, waits = null) =>
    expect(liveUserOf(serial, at, waits, NOW, SILENCE)).toBe(expected),
  )

  it.each([
    // [with whom it is live, who asks, with another user, not known to be the own]
    ['U1', 'U1', false, false],
    ['U1', 'U2', true, true],
    // A broker elsewhere, or a static account, tells no user.
    ['', 'U1', false, true],
    [null, 'U1', false, false],
  ])('live with %j, asked by %s', (live, asks, inUse, isNotOwn) => {
    const liveness = createLiveness({
      find: () => (live === null ? null : view({ userId: live })),
      reservations: { of: () => null },
      clock: { now: () => NOW },
      silenceMs: SILENCE,
    })
    expect([liveness.inUse('G1', asks), liveness.isNotOwn('G1', asks)]).toEqual([inUse, isNotOwn])
  })
})
