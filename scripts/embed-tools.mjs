// Writes the browser script of each bundled plugin into a TypeScript module in its folder. It is not part of the platform's
// assets, because the platform's pages do not need it.
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const plugins = fileURLToPath(new URL('../src/plugins/', import.meta.url))

/** The same engine as in embed-assets.mjs, because the recorder runs on controllers. */
const BROWSER_TARGET = 'chrome70'
const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  ejs: 'text/plain; charset=utf-8',
}
const FILES = {
  simulator: {
    'simulator.html': 'page/simulator.html',
    'simulator.css': 'page/simulator.css',
    'simulator.js': 'page/simulator.entry.ts',
  },
  recorder: { 'recorder.js': 'page/recorder.entry.ts' },
  'phone-login': {
    'login.ejs': 'page/login.ejs',
    'login.js': 'page/login.entry.ts',
    'home.js': 'page/home.entry.ts',
    'approve.ejs': 'page/approve.ejs',
    'approve.js': 'page/approve.entry.ts',
    'phone-login.css': 'page/phone-login.css',
  },
}

async function textOf(path) {
  if (!/\.(?:ts|css)$/.test(path)) return readFile(path, 'utf8')
  const { outputFiles } = await build({
    entryPoints: [path],
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

for (const [plugin, files] of Object.entries(FILES)) {
  const folder = `${plugins}${plugin}/`
  const found = {}
  for (const [name, path] of Object.entries(files)) {
    const text = await textOf(folder + path)
    const hash = createHash('sha256').update(text).digest('base64url').slice(0, 12)
    found[name] = { hash, type: TYPES[name.slice(name.lastIndexOf('.') + 1)], text }
  }
  const source = `// Made by scripts/embed-tools.mjs from page/. Do not edit.
export const ASSETS: Readonly<Record<string, { readonly hash: string; readonly type: string; readonly text: string }>> = ${JSON.stringify(found, null, 2)}
`
  const target = `${folder}assets.gen.ts`
  const before = await readFile(target, 'utf8').catch(() => '')
  if (before !== source) await writeFile(target, source)
}
