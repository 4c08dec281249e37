// The browser side of the simulator and of the recorder as one TypeScript module of their own, beside that of the pages:
// what no page of the platform needs must not be loaded with them.
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const views = fileURLToPath(new URL('../src/views/', import.meta.url))
const target = `${views}tools.gen.ts`

/** As in embed-assets.mjs: the recorder runs on controllers. */
const BROWSER_TARGET = 'chrome70'
const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
}
const FILES = {
  'simulator.html': 'simulator/simulator.html',
  'simulator.css': 'simulator/simulator.css',
  'simulator.js': 'simulator/simulator.entry.ts',
  'recorder.js': 'recorder/recorder.entry.ts',
}

async function textOf(path) {
  if (!path.endsWith('.ts')) return readFile(views + path, 'utf8')
  const { outputFiles } = await build({
    entryPoints: [views + path],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: BROWSER_TARGET,
    charset: 'utf8',
    legalComments: 'none',
  })
  return Buffer.from(outputFiles[0].contents).toString('utf8')
}

const found = {}
for (const [name, path] of Object.entries(FILES)) {
  const text = await textOf(path)
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 12)
  found[name] = { hash, type: TYPES[name.slice(name.lastIndexOf('.') + 1)], text }
}
const source = `// Made by scripts/embed-tools.mjs from simulator/ and recorder/. Do not edit.
export const TOOLS: Readonly<Record<string, { readonly hash: string; readonly type: string; readonly text: string }>> = ${JSON.stringify(found, null, 2)}
`
const before = await readFile(target, 'utf8').catch(() => '')
if (before !== source) await writeFile(target, source)
