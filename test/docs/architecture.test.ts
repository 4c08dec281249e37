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

/** What the source says once, in the first of the files; the others have a reason. */
const ONCE: readonly (readonly [what: string, pattern: RegExp, files: readonly string[]])[] = [
  ['where the API begins', /\/manage\/api\/v1/, ['core/pages/urls.ts']],
  ['the policy of pages', /'?script-src'?:? /, ['core/http/page-headers.ts']],
  // The others race two works against each other, or have a limit that is no error.
  [
    'a time limit around a promise',
    /Promise\.race\(/,
    [
      'core/promises.ts',
      'core/mqtt/conversation.ts',
      'adapters/brokers/embedded/lifeline.ts',
      'cli/commands/pilot.ts',
      'doctor/checks/mqtt.ts',
      'testing/chromium/launch.ts',
      'testing/contracts/broker/client.ts',
    ],
  ],
  // The path of every message asks for real promises only: that costs less.
  [
    'a look at whether something is a promise',
    /instanceof Promise|typeof .*\.then\b/,
    ['core/promises.ts', 'core/mqtt/broker-host.ts'],
  ],
  [
    'how an answer of the API is read',
    /\{ code, (?:message, )?data \} = JSON\.parse\(/,
    ['core/pages/read-envelope.ts'],
  ],
  ['who reaches a store', /function reach\b/, ['core/promises.ts']],
  ['who claims devices', /function createClaims\(/, ['core/http/claim.ts']],
]
it.each(ONCE)('says once: %s', async (_what, pattern, allowed) => {
  const files = (await readdir(join(root, 'src'), { recursive: true })).filter((file) =>
    /(?<!\.gen)\.ts$/.test(file),
  )
  const found: string[] = []
  for (const file of files) {
    const text = (await readFile(join(root, 'src', file), 'utf8')).replace(
      /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm,
      '',
    )
    if (pattern.test(text)) found.push(file)
  }
  expect(found.filter((file) => !allowed.includes(file))).toEqual([])
  expect(found).toContain(allowed[0])
})
