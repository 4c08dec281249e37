import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { djiCloud as expressCloud } from '../../src/express.ts'
import { createDjiCloud } from '../../src/index.ts'
import { djiCloud as koaCloud } from '../../src/koa.ts'
import { definePlugin } from '../../src/plugin.ts'

const counter = () =>
  definePlugin({
    id: 'counter',
    events: { 'count.changed': z.strictObject({ count: z.number() }) },
    setup({ emit }) {
      let count = 0
      return {
        api: {
          add(by: number): number {
            count += by
            emit('count.changed', { count })
            return count
          },
        },
      }
    },
  })

const OPTIONS = { mqtt: { host: '127.0.0.1', port: 0 }, logger: false, environment: 'development' } as const

let close: (() => Promise<unknown>) | undefined
afterEach(async () => {
  await close?.()
  close = undefined
})

// Nobody writes a type here: all of it is inferred from the option `plugins`, as in an app.
describe('a plugin is typed in the host app', () => {
  it('that uses Express', async () => {
    const cloud = expressCloud({ ...OPTIONS, plugins: [counter()] })
    close = () => cloud.close()
    expectTypeOf(cloud.plugins.counter.add).toEqualTypeOf<(by: number) => number>()
    const heard: number[] = []
    cloud.on('count.changed', (event) => {
      expectTypeOf(event).toEqualTypeOf<{ count: number }>()
      heard.push(event.count)
    })
    // @ts-expect-error no plugin has this event
    cloud.on('count.gone', () => undefined)
    expect([cloud.plugins.counter.add(2), heard]).toEqual([2, [2]])
  })

  it('that uses Koa', async () => {
    const cloud = koaCloud({ ...OPTIONS, plugins: [counter()] })
    close = () => cloud.close()
    expectTypeOf(cloud.plugins.counter.add).toEqualTypeOf<(by: number) => number>()
    const heard: number[] = []
    cloud.on('count.changed', (event) => {
      expectTypeOf(event).toEqualTypeOf<{ count: number }>()
      heard.push(event.count)
    })
    // @ts-expect-error no plugin has this event
    cloud.on('count.gone', () => undefined)
    expect([cloud.plugins.counter.add(3), heard]).toEqual([3, [3]])
  })

  it('that uses no framework', async () => {
    const cloud = createDjiCloud({ ...OPTIONS, plugins: [counter()] })
    close = () => cloud.close()
    expectTypeOf(cloud.plugins.counter.add).toEqualTypeOf<(by: number) => number>()
    const heard: number[] = []
    cloud.on('count.changed', (event) => {
      expectTypeOf(event).toEqualTypeOf<{ count: number }>()
      heard.push(event.count)
    })
    // @ts-expect-error no plugin has this event
    cloud.on('count.gone', () => undefined)
    expect([cloud.plugins.counter.add(4), heard]).toEqual([4, [4]])
  })

  it('that has none', async () => {
    const cloud = expressCloud(OPTIONS)
    close = () => cloud.close()
    // @ts-expect-error there is no such plugin
    expect(cloud.plugins.counter).toBeUndefined()
  })
})
