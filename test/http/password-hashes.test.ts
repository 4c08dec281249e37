import { createRequire } from 'node:module'
import { afterEach, describe, expect, it } from 'vitest'
import { customUsers, DjiCloudError, type DjiCloudOptions, type Logger } from '../../src/index.ts'
import { startCloud, type TestCloud, WORKSPACE } from '../support/cloud.ts'
import { ask } from '../support/http.ts'

const require = createRequire(import.meta.url)
const bcrypt = require('bcrypt') as { hash(password: string, rounds: number): Promise<string> }
const argon2 = require('argon2') as typeof import('argon2')

let cloud: TestCloud
afterEach(() => cloud?.close())

const logIn = (username: string, password: string) =>
  ask(cloud.url, '/manage/api/v1/login', { method: 'POST', body: { username, password, flag: 2 } })

describe.each(['express 5', 'koa 3'] as const)('a login at %s', (framework) => {
  const start = async (options: DjiCloudOptions): Promise<void> => {
    cloud = await startCloud(options, { framework, mount: '', parser: 'none' })
  }

  it('takes the hashes of bcrypt and argon2 that a host has', async () => {
    await start({
      users: [
        { username: 'bea', passwordHash: (await bcrypt.hash('right', 4)).replace('$2b$', '$2y$') },
        { username: 'ada', passwordHash: await argon2.hash('right', { memoryCost: 1024, timeCost: 2 }) },
      ],
    })
    for (const username of ['bea', 'ada']) {
      expect((await logIn(username, 'right')).json.code).toBe(0)
      expect((await logIn(username, 'wrong')).json.code).toBe(403001)
    }
  })

  it('that needs a package which is missing: 503 for the client, and the log names the package', async () => {
    const lines: string[] = []
    const note = (fields: unknown, text?: string): void => {
      lines.push(`${text} ${(fields as { err?: Error }).err?.message}`)
    }
    const logger: Logger = { debug: note, info: note, warn: note, error: note }
    const missing = new DjiCloudError('PACKAGE_MISSING', {
      message: 'A stored password hash needs the package bcrypt, which is not installed: npm install bcrypt',
      data: { package: 'bcrypt', install: 'npm install bcrypt' },
    })
    const users = customUsers({
      authenticate: () => Promise.reject(missing),
      findById: () => ({ id: 'x', username: 'x', workspace: WORKSPACE }),
    })
    await start({ users, logger })
    const { status, text, json } = await logIn('bea', 'right')
    expect([status, json.code]).toEqual([503, 503001])
    expect(text).not.toContain('bcrypt')
    expect(lines.join('\n')).toContain('npm install bcrypt')
  })
})
