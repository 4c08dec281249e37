import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../support/run.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

describe('the closing line of a test run', () => {
  let folder = ''
  beforeEach(async () => {
    await mkdir(join(root, '.cache'), { recursive: true })
    folder = await mkdtemp(join(root, '.cache', 'closing-line-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it.each([
    [
      'counts each kind',
      "it('a', () => {}); it('b', () => { throw 1 }); it.skip('c', () => {})",
      '1 passed, 1 failed, 1 skipped',
      1,
    ],
    ['is plain when all is well', "it('a', () => {})", '1 passed, 0 failed', 0],
    ['counts a file that does not load', "throw new Error('x')", '0 passed, 1 failed', 1],
    [
      'counts a rejection that no test awaits',
      "it('a', () => { Promise.reject(new Error('x')) })",
      '1 passed, 1 failed',
      1,
    ],
  ])(
    '%s',
    async (_name, body, line, exit) => {
      await writeFile(join(folder, 'it.test.ts'), `import { it } from 'vitest'\n${body}\n`)
      const config = "export default { test: { reporters: ['default', '../../scripts/closing-line.ts'] } }"
      await writeFile(join(folder, 'vitest.config.mjs'), config)
      const { code, stdout } = await run(join(root, 'node_modules/.bin/vitest'), ['run'], { cwd: folder })
      expect([stdout.trim().split('\n').at(-1), code]).toEqual([line, exit])
    },
    60_000,
  )
})
