import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run, succeed } from '../support/run.ts'

/**
 * The cases that need no more than what this repository has installed, on the packed package. `npm run cases` runs all.
 */
const HERE = ['01', '10', '11', '14', '15', '30', '33']

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = fileURLToPath(new URL('.', import.meta.url))
const files = (await readdir(folder)).filter((file) => /^\d\d-.*\.mjs$/.test(file)).sort()
let place = ''

beforeAll(async () => {
  // Below node_modules, so that the host finds express, koa, ws and mqtt there, and ours before them.
  place = await mkdtemp(join(root, 'node_modules/.cases-'))
  const installed = join(place, 'node_modules/dji-cloud')
  await mkdir(installed, { recursive: true })
  await writeFile(join(place, 'package.json'), '{ "name": "host", "private": true }')
  await succeed('npm', ['pack', '--pack-destination', place], root)
  const tarball = (await readdir(place)).find((file) => file.endsWith('.tgz')) ?? ''
  await succeed('tar', ['xzf', join(place, tarball), '-C', installed, '--strip-components', '1'], place)
}, 180_000)

afterAll(() => rm(place, { recursive: true, force: true }))

describe('the case', () => {
  it.each(files.filter((file) => HERE.includes(file.slice(0, 2))))(
    '%s',
    { timeout: 240_000 },
    async (file) => {
      const { code, stdout, stderr } = await run(process.execPath, [join(folder, file), place], {
        cwd: place,
        timeout: 230_000,
      })
      expect(code, `${stdout}\n${stderr}`).toBe(0)
      expect(stdout).toContain('RESULT pass')
    },
  )
})

it('names only cases that are there', () => {
  expect(HERE.filter((number) => !files.some((file) => file.startsWith(number)))).toEqual([])
})
