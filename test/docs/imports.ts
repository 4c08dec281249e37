import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'

/** Which files of `src` a file of `src` imports, types included: paths relative to `src`. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>

const IMPORT =
  /(?:^|\s)(?:import|export)\s[^'"`;]*?from\s+'(\.[^']+)'|\bimport\('(\.[^']+)'\)|^import '(\.[^']+)'/gm

/** Comments show imports as examples: they are no imports. */
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')

/** Names in `text` of the modules that it imports by a relative path. */
export const importsOf = (text: string): string[] =>
  [...withoutComments(text).matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')

/** @param src the folder of the source */
export async function importGraph(src: string): Promise<ImportGraph> {
  const files = (await readdir(src, { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.gen.ts'),
  )
  const rows = await Promise.all(
    files.map(async (file): Promise<[string, string[]]> => {
      const targets = importsOf(await readFile(join(src, file), 'utf8'))
      return [file, targets.map((target) => normalize(join(dirname(file), target)))]
    }),
  )
  return new Map(rows)
}

/** Every circle that a walk along the imports meets, as `a.ts -> b.ts -> a.ts`; an empty list: there is none. */
export function circles(graph: ImportGraph): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    const start = path.indexOf(file)
    if (start !== -1) found.push([...path.slice(start), file].join(' -> '))
    if (start !== -1 || done.has(file)) return
    path.push(file)
    for (const target of graph.get(file) ?? []) visit(target)
    path.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return found
}
