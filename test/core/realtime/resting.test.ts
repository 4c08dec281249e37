import { describe, expect, test } from 'vitest'
import type { GatewayView } from '../../../src/core/devices/records.ts'
import { createResting } from '../../../src/core/realtime/resting.ts'

const views = [{ serial: 'G1' } as GatewayView]

function stage(self: string, others: string[]) {
  let now = 0
  const alive = [...others]
  const told: string[] = []
  const resting = createResting({
    self,
    alive: () => alive,
    now: () => now,
    graceMs: 5_000,
    tell: (node) => void told.push(node),
  })
  const at = (time: number): string[] => {
    now = time
    resting.beat()
    return told
  }
  return { resting, alive, at }
}

describe('what a node that stopped has left', () => {
  test('is told when the grace is over, once', () => {
    const { resting, at } = stage('a', ['b'])
    resting.begin('x', views)
    expect(at(4_999)).toEqual([])
    expect(at(5_000)).toEqual(['x'])
    expect(at(60_000)).toEqual(['x'])
  })

  test('is told by one of those who heard the goodbye', () => {
    const { resting, at } = stage('b', ['a'])
    resting.begin('x', views)
    expect(at(9_999)).toEqual([])
  })

  test('is told by the next when that one has gone as well', () => {
    const { resting, alive, at } = stage('b', ['a', 'c'])
    resting.begin('x', views)
    alive.shift()
    expect(at(5_000)).toEqual(['x'])
  })

  test('is not left to a node that came later and knows nothing of it', () => {
    const { resting, alive, at } = stage('b', ['c'])
    resting.begin('x', views)
    alive.push('a')
    expect(at(5_000)).toEqual(['x'])
  })

  test('of a node that was killed is told when it is said so, unless it is heard again', () => {
    const { resting, at } = stage('a', ['b'])
    const buried: string[] = []
    for (const node of ['x', 'y']) resting.begin(node, views, { at: 8_000, tell: () => buried.push(node) })
    at(7_999)
    expect(buried).toEqual([])
    resting.cancel('y')
    expect(at(8_000)).toEqual([])
    expect(buried).toEqual(['x'])
  })

  test('is told in the end, should the one who has to not do it', () => {
    const { resting, at } = stage('b', ['a'])
    resting.begin('x', views)
    expect(at(10_000)).toEqual(['x'])
  })

  test('that had nothing leaves nothing', () => {
    const { resting, at } = stage('a', [])
    resting.begin('x', [])
    expect(at(10_000)).toEqual([])
  })
})
