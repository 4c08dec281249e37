import { beforeEach, expect, test } from 'vitest'
import {
  createLateness,
  isSilence,
  LATENESS_BEAT_MS,
  type Lateness,
} from '../../../src/core/health/lateness.ts'
import { createOverload } from '../../../src/core/health/overload.ts'
import type { Logger } from '../../../src/core/ports/logger.ts'
import { type ManualClock, manualClock } from '../../support/clock.ts'

let clock: ManualClock
let lateness: Lateness
let timer: (() => void) | null
let cancelled: number

beforeEach(() => {
  clock = manualClock()
  timer = null
  cancelled = 0
  lateness = createLateness(clock, clock, (run) => {
    timer = run
    return () => {
      cancelled += 1
    }
  })
})

/** The process looks at its timers after this time. */
const beatAfter = (ms: number) => {
  clock.advance(ms)
  timer?.()
}

test('a timer that comes in time, or nearly, is not late', () => {
  const begin = clock.now()
  for (let count = 0; count < 5; count += 1) beatAfter(LATENESS_BEAT_MS + 200)
  clock.advance(LATENESS_BEAT_MS + 250)
  expect([lateness.now(), lateness.recent(), lateness.missedSince(begin)]).toEqual([0, 0, 0])
})

test('a pause shows while it lasts, and is remembered when it is over', () => {
  const begin = clock.now()
  clock.advance(LATENESS_BEAT_MS + 3_000)
  expect([lateness.now(), lateness.recent(), lateness.missedSince(begin)]).toEqual([3_000, 3_000, 3_000])
  timer?.()
  expect([lateness.now(), lateness.recent(), lateness.missedSince(begin)]).toEqual([0, 3_000, 3_000])
  beatAfter(LATENESS_BEAT_MS + 1_000)
  expect([lateness.recent(), lateness.missedSince(begin)]).toEqual([3_000, 4_000])
})

test('only the part of a pause after a moment counts for it', () => {
  clock.advance(LATENESS_BEAT_MS + 2_000)
  const middle = clock.now()
  clock.advance(1_000)
  timer?.()
  expect(lateness.missedSince(middle)).toBe(1_000)
  expect(lateness.missedSince(clock.now())).toBe(0)
})

test('the longest pause is shown for ten seconds, and none is kept for longer than ten minutes', () => {
  const begin = clock.now()
  beatAfter(LATENESS_BEAT_MS + 3_000)
  for (let count = 0; count < 20; count += 1) beatAfter(LATENESS_BEAT_MS)
  expect([lateness.recent(), lateness.missedSince(begin)]).toEqual([0, 3_000])
  for (let count = 0; count < 1_200; count += 1) beatAfter(LATENESS_BEAT_MS)
  expect(lateness.missedSince(begin)).toBe(0)
})

test('a clock that is set forward is no pause', () => {
  const steady = manualClock(0)
  const other = createLateness(clock, steady, () => () => undefined)
  clock.advance(3_600_000)
  expect([other.now(), other.missedSince(0), other.recent()]).toEqual([0, 0, 0])
})

test('stops its timer', () => {
  lateness.stop()
  expect(cancelled).toBe(1)
})

test.each([
  ['silent for as long as allowed', 60_000, 0, false],
  ['silent for longer', 60_001, 0, true],
  ['of which we could not listen for a second', 60_001, 1_000, false],
  ['for longer than we could not listen', 61_001, 1_000, true],
  ['while we could hardly listen at all', 179_000, 170_000, false],
  ['for three times as long as allowed, however late we are', 180_001, 170_000, true],
])('%s', (_, silent, missed, expected) => {
  expect(isSilence(silent, 60_000, () => missed)).toBe(expected)
})

test('a process that does not keep up for ten of thirty seconds is overloaded; it is logged when it begins and when it ends', () => {
  const lines: string[] = []
  const say = (level: string) => (_fields: object, text?: string) => void lines.push(`${level} ${text}`)
  const logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') } as Logger
  const overload = createOverload({ lateness, clock, logger })
  beatAfter(LATENESS_BEAT_MS + 9_999)
  overload.beat()
  expect([overload.view(), lines]).toEqual([{ status: 'up', lateMs: 9_999 }, []])
  beatAfter(LATENESS_BEAT_MS + 300)
  overload.beat()
  overload.beat()
  expect(overload.view()).toEqual({ status: 'overloaded', lateMs: 9_999 })
  expect(lines).toEqual([expect.stringMatching(/^warn This process gets more messages than it can handle/)])
  for (let count = 0; count < 60; count += 1) beatAfter(LATENESS_BEAT_MS)
  overload.beat()
  expect(overload.view()).toEqual({ status: 'up', lateMs: 0 })
  expect(lines).toHaveLength(2)
  expect(lines[1]).toBe('info This process handles all messages in time again.')
})
