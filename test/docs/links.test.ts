import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const inFolder = async (folder: string) =>
  (await readdir(join(root, folder))).filter((name) => name.endsWith('.md')).map((name) => join(folder, name))
const pages = [
  ...(await inFolder('.')),
  ...(await inFolder('docs')),
  ...(await inFolder(join('docs', 'brokers'))),
]

it.each(pages)('%s links and shows only what is there', async (page) => {
  const text = await readFile(join(root, page), 'utf8')
  const targets = [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map((match) => match[1] ?? '')
  const local = targets.filter((target) => !/^[a-z]+:/.test(target))
  expect(local.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([])
})

it('the README leads to every page', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const unnamed = pages.filter(
    (page) =>
      page !== 'README.md' && !/^docs\/brokers\/(?!README)/.test(page) && !readme.includes(`](${page})`),
  )
  expect(unnamed).toEqual([])
})

it('the README names only scripts that exist', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object }
  const named = (await Promise.all(pages.map((page) => readFile(join(root, page), 'utf8')))).flatMap((text) =>
    [...text.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1]),
  )
  expect(named.length).toBeGreaterThan(3)
  expect([...new Set(named)].filter((name) => !Object.hasOwn(scripts, name ?? ''))).toEqual([])
})
