import { describe, expect, it } from 'vitest'
import { createLanes } from '../../src/core/promises.ts'

const later = () => {
  let done = (): void => undefined
  const promise = new Promise<void>((resolve) => {
    done = resolve
  })
  return { promise, done }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('lanes', () => {
  it('do the work of one key in order, and that of another key meanwhile', async () => {
    const lanes = createLanes()
    const seen: string[] = []
    const first = later()
    void lanes.run('a', () => first.promise.then(() => seen.push('a1')))
    const last = lanes.run('a', () => seen.push('a2'))
    await lanes.run('b', () => seen.push('b1'))
    expect(seen).toEqual(['b1'])
    first.done()
    await last
    expect(seen).toEqual(['b1', 'a1', 'a2'])
  })

  it('go on after work that fails, and tell the failure to whom it belongs', async () => {
    const lanes = createLanes()
    const failed = lanes.run('a', () => Promise.reject(new Error('broken')))
    const next = lanes.run('a', () => 'done')
    await expect(failed).rejects.toThrow('broken')
    await expect(next).resolves.toBe('done')
    const thrown = lanes.run('a', () => {
      throw new Error('at once')
    })
    await expect(thrown).rejects.toThrow('at once')
  })

  it('forget a key when its work is done', async () => {
    const lanes = createLanes()
    expect(lanes.pending('a')).toBeUndefined()
    const work = later()
    void lanes.run('a', () => work.promise)
    expect(lanes.pending('a')).toBeInstanceOf(Promise)
    work.done()
    await lanes.settled()
    await settle()
    expect(lanes.pending('a')).toBeUndefined()
  })
})
