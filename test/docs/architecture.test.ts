import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = await readFile(join(root, 'docs/architecture.md'), 'utf8')
const map = /```\n(.*?)```/s.exec(page)?.[1] ?? ''

/** Paths of the map: two more spaces are one folder deeper, several of one line are neighbours. */
const mapped = (() => {
  const above: string[] = []
  return map.split('\n').flatMap((line) => {
    const [, indent = '', names = ''] = /^( *)((?:[\w.-]+\/?)+(?: [\w-]+\/)*)(?= {2,}|$)/.exec(line) ?? []
    if (names === '') return []
    above.length = indent.length / 2
    const paths = names.split(' ').map((name) => join(...above, name).replace(/\/$/, ''))
    above.push(names.split(' ')[0] ?? '')
    return paths
  })
})()

it('maps what is there', () => {
  expect(mapped.length).toBeGreaterThan(40)
  expect(mapped.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

it('maps every folder of the source', async () => {
  const folders = (await readdir(join(root, 'src'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
  expect(folders.filter((folder) => !mapped.includes(folder))).toEqual([])
})

it('names every module that the core loads from elsewhere', async () => {
  const files = (await readdir(join(root, 'src/core'), { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile(),
  )
  const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')))
  // An import in a comment is an example.
  const code = texts.map((text) => text.replace(/\/\*[\s\S]*?\*\//g, ''))
  const loaded = code.flatMap((text) =>
    [
      ...text.matchAll(/^import (?!type )[^']*?from '([^']+)'/gm),
      ...text.matchAll(/ import\('([^']+)'\)/g),
    ].map((match) => match[1] ?? ''),
  )
  const foreign = loaded.filter(
    (name) => !name.startsWith('.') || /\.\.\/(bridge|views|adapters|testing)\//.test(name),
  )
  const rules = page.slice(page.indexOf('## Rules'))
  const named = (name: string) => rules.includes(`\`${name.replace(/^node:|^(\.\.\/)+/g, '')}\``)
  expect(foreign.length).toBeGreaterThan(10)
  expect([...new Set(foreign)].filter((name) => !named(name))).toEqual([])
})
