import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What others import by the name of the package, and scripts that are started: nothing here has to import their exports. */
const ENTRIES =
  /^src\/(index|express|koa|plugin|(bridge|testing|plugins\/\w[\w-]*)\/index|cli\/main|.*\.(entry|gen))\.ts$/

/** Only tests import these, and nothing else in their file uses them. */
const FOR_TESTS: Readonly<Record<string, string>> = {
  'src/core/http/table.ts routeTable': 'all routes, so that no test forgets a new one',
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

async function read(folder: string): Promise<[file: string, text: string][]> {
  const names = (await readdir(join(root, folder), { recursive: true })).filter((name) => /\.ts$/.test(name))
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => {
      const file = join(folder, name)
      return [file, withoutComments(await readFile(join(root, file), 'utf8'))]
    }),
  )
}

/** Values that a text exports; types are left out. */
const valuesOf = (text: string): string[] =>
  [...text.matchAll(/^export (?:async )?(?:function\*?|const|let|class) (\w+)/gm)].map(
    ([, name]) => name ?? '',
  )

/** `file name` for each name that a file takes from another one; `file *` if it takes all. */
function takenBy(file: string, text: string): string[] {
  const at = (path: string): string => normalize(join(dirname(file), path))
  const named = [...text.matchAll(/(?:import|export)\s([^'"`;]*?)from\s+'(\.[^']+)'/g)].flatMap(
    ([, names = '', path = '']) =>
      names.includes('*')
        ? [`${at(path)} *`]
        : [...names.matchAll(/(\w+)(?:\s+as\s+\w+)?/g)].map(([, name]) => `${at(path)} ${name}`),
  )
  const whole = [...text.matchAll(/\bimport\('(\.[^']+)'\)/g)].map(([, path = '']) => `${at(path)} *`)
  return [...named, ...whole]
}

const source = await read('src')
const others = (await Promise.all(['test', 'bench', 'scripts', 'examples'].map(read))).flat()
const takenIn = (files: readonly [string, string][]): ReadonlySet<string> =>
  new Set(files.flatMap(([file, text]) => takenBy(file, text)))
const inSource = takenIn(source)
const elsewhere = takenIn(others)

/** How a name that a file exports is of no use; null: it is of use. */
function fault(file: string, text: string, name: string): string | null {
  const key = `${file} ${name}`
  if (inSource.has(key) || inSource.has(`${file} *`)) return null
  if (!elsewhere.has(key) && !elsewhere.has(`${file} *`)) return `${key}: nothing imports it`
  const uses = [...text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length
  return uses > 1 || key in FOR_TESTS ? null : `${key}: only tests use it`
}

describe('what the source exports', () => {
  it('is imported by another file, or a part that a test looks at by itself', () => {
    const faults = source
      .filter(([file]) => !ENTRIES.test(file))
      .flatMap(([file, text]) => valuesOf(text).map((name) => fault(file, text, name)))
      .filter((found) => found !== null)
    expect(faults).toEqual([])
  })

  it('is found', () => {
    expect(source.flatMap(([, text]) => valuesOf(text)).length).toBeGreaterThan(500)
    expect(valuesOf('export const a = 1\nexport async function b() {}\nexport type C = 1\n')).toEqual([
      'a',
      'b',
    ])
    expect(takenBy('src/x/y.ts', "import { type A, b as c } from '../z.ts'\nawait import('./w.ts')")).toEqual(
      ['src/z.ts type', 'src/z.ts A', 'src/z.ts b', 'src/x/w.ts *'],
    )
    expect(fault('src/made-up.ts', 'export const unused = 1', 'unused')).toContain('nothing imports it')
  })
})
