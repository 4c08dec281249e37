import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

const root = fileURLToPath(new URL('../../', import.meta.url))

/** For people who have the repository: they begin by saying so. */
const FOR_CONTRIBUTORS = ['docs/architecture.md', 'CONTRIBUTING.md']

const pages = [
  ...['README.md', ...manifest.files.filter((name) => name.endsWith('.md'))],
  ...(await readdir(join(root, 'docs'), { recursive: true }))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].filter((page) => !FOR_CONTRIBUTORS.includes(page))

/** A path of the repository in a text. */
const PATH = /(?<![\w./-])(?:src|test|scripts|bench|examples)\/[\w.*{},/-]*\w/g

/** Whether the package contains it. */
const isShipped = (path: string): boolean =>
  manifest.files.some((name) => path === name || path.startsWith(`${name}/`)) ||
  /^src\/views\/.+\.ejs$/.test(path)

/** Paths that a reader who has only the package looks for in vain. */
function missing(page: string, text: string): string[] {
  let fence = false
  return text.split('\n').flatMap((line, index) => {
    if (line.startsWith('```')) {
      fence = !fence
      return []
    }
    if (fence || /\brepository\b/.test(line)) return []
    const found = line.match(PATH) ?? []
    return found.filter((path) => !isShipped(path)).map((path) => `${page}:${index + 1} ${path}`)
  })
}

it('every file that a page names is in the package, or is called a file of the repository', async () => {
  expect(pages.length).toBeGreaterThan(25)
  const found = await Promise.all(
    pages.map(async (page) => missing(page, await readFile(join(root, page), 'utf8'))),
  )
  expect(found.flat()).toEqual([])
})

it('every example that a page names is there', async () => {
  const named = await Promise.all(
    pages.map(async (page) => (await readFile(join(root, page), 'utf8')).match(PATH) ?? []),
  )
  const examples = [...new Set(named.flat())].filter((path) => path.startsWith('examples/'))
  expect(examples.length).toBeGreaterThan(8)
  expect(examples.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

it('would find a path that only the repository has', () => {
  expect(missing('a.md', 'See `src/core/events.ts`.')).toEqual(['a.md:1 src/core/events.ts'])
  expect(missing('a.md', 'See `src/core/events.ts` of the repository, and `examples/oidc/main.ts`.')).toEqual(
    [],
  )
})
