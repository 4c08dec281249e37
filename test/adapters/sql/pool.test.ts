import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { safePool } from '../../../src/index.ts'

class FakePool extends EventEmitter {
  totalCount = 0
}

describe('safePool', () => {
  it('hears a connection that idles and one that is in use', () => {
    const heard: string[] = []
    const pool = new FakePool()
    expect(safePool(pool, ({ message }) => heard.push(message))).toBe(pool)
    const client = new EventEmitter()
    pool.emit('connect', client)
    // Without a listener either of these throws.
    client.emit('error', new Error('in use'))
    pool.emit('error', new Error('idle'))
    // All of them break at once, and one line is enough.
    expect(heard).toEqual(['in use'])
  })

  it('survives a listener that throws', () => {
    const pool = safePool(new FakePool(), () => {
      throw new Error('of the host')
    })
    expect(() => pool.emit('error', new Error('idle'))).not.toThrow()
  })

  it('refuses what is no pool, and a pool that it cannot make safe any more', () => {
    expect(() => safePool({ url: 'postgres://127.0.0.1' } as never)).toThrow('safePool needs a pool of pg')
    expect(() => safePool(undefined as never)).toThrow('safePool needs a pool of pg')
    expect(() => safePool(Object.assign(new FakePool(), { totalCount: 1 }))).toThrow('was called too late')
  })
})
