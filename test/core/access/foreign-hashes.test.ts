import { createRequire } from 'node:module'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { describe, expect, test } from 'vitest'
import { compareInWorker, readForeignHash } from '../../../src/core/access/foreign-hashes.ts'
import { hashPassword, needsRehash, verifyPassword } from '../../../src/core/access/passwords.ts'

const PASSWORD = 'an obviously fake password'
/** Made below by the libraries themselves, at low costs. */
const HASHES = {
  bcrypt: '',
  argon2: '',
}

const require = createRequire(import.meta.url)
const bcrypt = require('bcrypt') as { hash(password: string, rounds: number): Promise<string> }
const argon2 = require('argon2') as typeof import('argon2')
HASHES.bcrypt = await bcrypt.hash(PASSWORD, 4)
HASHES.argon2 = await argon2.hash(PASSWORD, { memoryCost: 1024, timeCost: 2, parallelism: 1 })

describe('hashes of other libraries', () => {
  test.each<[string, string]>([
    ['bcrypt, $2b$', HASHES.bcrypt],
    ['bcrypt, $2a$', HASHES.bcrypt.replace('$2b$', '$2a$')],
    ['bcrypt of PHP, $2y$', HASHES.bcrypt.replace('$2b$', '$2y$')],
    ['argon2id', HASHES.argon2],
  ])('%s: the right password only', async (_name, hash) => {
    expect(await verifyPassword(PASSWORD, hash)).toBe(true)
    expect(await verifyPassword(`${PASSWORD}.`, hash)).toBe(false)
    expect(await verifyPassword('', hash)).toBe(false)
    // sqlUsers makes such a hash again at the next login.
    expect(needsRehash(hash)).toBe(true)
  })

  test.each<[string, string]>([
    ['nothing', ''],
    ['a cut bcrypt hash', HASHES.bcrypt.slice(0, -1)],
    ['another bcrypt', HASHES.bcrypt.replace('$2b$', '$2x$')],
    ['a cut argon2 hash', HASHES.argon2.slice(0, HASHES.argon2.lastIndexOf('$'))],
    ['another argon2', HASHES.argon2.replace('argon2id', 'argon2i')],
    ['md5', '$1$abcdefgh$0123456789012345678901'],
  ])('%s is no hash, and lets nobody in', async (_name, hash) => {
    expect(readForeignHash(hash)).toBeNull()
    expect(await verifyPassword(PASSWORD, hash)).toBe(false)
  })

  test.each<[string, string]>([
    ['bcrypt of 2^31 rounds', HASHES.bcrypt.replace('$04$', '$31$')],
    ['bcrypt of no rounds', HASHES.bcrypt.replace('$04$', '$00$')],
    ['argon2id of 2 GiB', HASHES.argon2.replace('m=1024', 'm=2097152')],
    ['argon2id of many passes', HASHES.argon2.replace('t=2', 't=9999')],
  ])('%s is not even tried', async (_name, hash) => {
    expect(readForeignHash(hash)?.affordable).toBe(false)
    expect(await verifyPassword(PASSWORD, hash)).toBe(false)
  })

  test('a scrypt hash of our own is none of them', async () => {
    expect(readForeignHash(await hashPassword('x', { ln: 4, r: 8, p: 1 }))).toBeNull()
  })
})

describe('bcryptjs', () => {
  const compare = compareInWorker(require.resolve('bcryptjs'))

  test('checks in a worker: the event loop runs on', async () => {
    const slow = await bcrypt.hash(PASSWORD, 11)
    expect(await compare(PASSWORD, HASHES.bcrypt)).toBe(true)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    let turns = 0
    let over = false
    const count = (): void => {
      turns += 1
      if (!over) setImmediate(count)
    }
    delay.enable()
    count()
    expect(await Promise.all([compare(PASSWORD, slow), compare('another', slow)])).toEqual([true, false])
    over = true
    delay.disable()
    // Two checks take some 200 ms. On the event loop it would have had two turns.
    expect(turns).toBeGreaterThan(50)
  })

  test('a worker that cannot work rejects, and the next check starts another', async () => {
    const broken = compareInWorker('/nothing/is/here.cjs')
    await expect(broken(PASSWORD, HASHES.bcrypt)).rejects.toThrow()
    await expect(broken(PASSWORD, HASHES.bcrypt)).rejects.toThrow()
  })
})
