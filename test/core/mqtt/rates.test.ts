import { describe, expect, it } from 'vitest'
import { createRates, RATES } from '../../../src/core/mqtt/rates.ts'
import { fakeClock } from '../../support/mqtt-core.ts'

const SMALL = { ...RATES, topologies: { burst: 2, perSecond: 1 } }

describe('what one gateway may send', () => {
  function stage() {
    const clock = fakeClock()
    return { clock, rates: createRates(clock, SMALL) }
  }

  it.each([
    // [ms that pass before each message, what becomes of it]
    [
      [0, 0, 0],
      [true, true, false],
    ],
    [
      [0, 0, 1_000, 0],
      [true, true, true, false],
    ],
    [
      [0, 0, 500, 500],
      [true, true, false, true],
    ],
    [
      [0, 0, 60_000, 0, 0],
      [true, true, true, true, false],
    ],
    // The clock is put back.
    [
      [0, 0, -60_000, 1_000],
      [true, true, false, true],
    ],
  ])('waits of %j: %j', (waits, expected) => {
    const { clock, rates } = stage()
    const found = waits.map((ms) => {
      clock.advance(ms)
      return rates.take('G1', 'topologies').ok
    })
    expect(found).toEqual(expected)
  })

  it('each gateway and each kind has its own limit', () => {
    const { rates } = stage()
    for (let count = 0; count < 3; count += 1) rates.take('G1', 'topologies')
    expect(rates.take('G2', 'topologies').ok).toBe(true)
    expect(rates.take('G1', 'events').ok).toBe(true)
  })

  it('an excess is reported at once, and then every ten seconds with its count', () => {
    const { clock, rates } = stage()
    rates.take('G1', 'osd')
    const told: (number | null)[] = []
    const take = (): void => {
      const verdict = rates.take('G1', 'topologies')
      if (!verdict.ok) told.push(verdict.dropped)
    }
    for (let count = 0; count < 5; count += 1) take()
    clock.advance(10_000)
    for (let count = 0; count < 3; count += 1) take()
    expect(told).toEqual([1, null, null, 3])
  })

  it('are forgotten when they are full again', () => {
    const { clock, rates } = stage()
    for (let count = 0; count < 100_000; count += 1) rates.take(`G${count}`, 'topologies')
    clock.advance(10_000)
    rates.take('last', 'topologies')
    expect(rates.size()).toBe(1)
  })
})
