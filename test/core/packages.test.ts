import { Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { loadDependency, loadPeer } from '../../src/core/packages.ts'
import { reach } from '../../src/core/promises.ts'
import { embeddedBroker, isDjiCloudError, redisSessions } from '../../src/index.ts'

/** What a test runner in CommonJS makes of `import()`: Node refuses it in a script that has no loader. */
const importInJest = (name: string) => () =>
  new Script(`import('${name}')`).runInThisContext() as Promise<Record<string, unknown>>

const caught = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

describe('a dependency', () => {
  it('is loaded by Node where the test runner has no import()', async () => {
    expect(await caught(importInJest('aedes')())).toMatchObject({
      code: expect.stringContaining('ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING'),
    })
    // An ES module, and a CommonJS one with a default.
    expect(await loadDependency(importInJest('aedes'), 'aedes')).toHaveProperty('Aedes')
    expect(await loadDependency(importInJest('ejs'), 'ejs')).toHaveProperty('default.compile')
  })

  it.each([
    [
      'only as default, as esbuild makes of a CommonJS package in a chunk',
      { default: { A: 1 } },
      { A: 1, default: { A: 1 } },
    ],
    ['with its names', { default: { A: 1, B: 2 }, A: 1 }, { default: { A: 1, B: 2 }, A: 1 }],
    ['without a default', { A: 1 }, { A: 1 }],
  ])('that comes %s has its names', async (_name, module, expected) => {
    expect(await loadDependency<object>(async () => module, 'it')).toEqual(expected)
  })

  it('that fails for another reason fails with that reason', async () => {
    const broken = () => Promise.reject(new SyntaxError('broken'))
    await expect(loadDependency(broken, 'aedes')).rejects.toThrow('broken')
  })
})

describe('an optional package that is missing', () => {
  it('is named, with the command that installs it', async () => {
    const error = await caught(loadPeer('dji-cloud-no-such-package', 'redisBus with `url`', '1.2.3'))
    expect(isDjiCloudError(error) && error.code).toBe('PACKAGE_MISSING')
    expect((error as Error).message).toBe(
      'redisBus with `url` needs the package dji-cloud-no-such-package, which is not installed: npm install dji-cloud-no-such-package@1.2.3',
    )
  })

  it('is not reported as a store that cannot be reached', async () => {
    const missing = loadPeer('dji-cloud-no-such-package', 'a store')
    expect(await caught(reach(missing))).toMatchObject({ code: 'PACKAGE_MISSING' })
    expect(await caught(reach(Promise.reject(new Error('refused'))))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
  })

  it('is not needed before it is used', () => {
    expect(() => redisSessions({ url: 'redis://127.0.0.1:1' })).not.toThrow()
    expect(() => embeddedBroker({ redis: 'redis://127.0.0.1:1' })).not.toThrow()
  })
})
