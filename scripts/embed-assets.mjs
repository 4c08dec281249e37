// Turns src/views (templates, style sheet, browser scripts) into two TypeScript modules, so that the package
// reads no file at run time. Bundlers, serverless packers and both module systems then need no configuration.
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const views = fileURLToPath(new URL('../src/views/', import.meta.url))
const target = join(views, 'embedded.gen.ts')
/** The texts of the assets are in a module of their own, which is loaded when the first page is asked for: an app starts faster. */
const assetsTarget = join(views, 'embedded-assets.gen.ts')

/** Oldest engine a controller is believed to run (facts A1, unverified); flex gap and inset are kept out by review. */
const BROWSER_TARGET = 'chrome70'

async function templates() {
  const found = {}
  for (const entry of await readdir(views, { recursive: true })) {
    if (entry.endsWith('.ejs'))
      found[entry.slice(0, -4).replaceAll('\\', '/')] = await readFile(join(views, entry), 'utf8')
  }
  return found
}

async function assets() {
  const folder = join(views, 'assets')
  const entries = (await readdir(folder)).filter((name) => /^[a-z-]+\.(entry\.ts|css|svg)$/.test(name))
  const found = {}
  const parts = (await readdir(join(folder, 'parts'))).filter((name) => name.endsWith('.css'))
  for (const name of [...entries, ...parts.map((part) => `part-${part}`)]) {
    const path = join(folder, name.replace(/^part-/, 'parts/'))
    if (name.endsWith('.svg')) {
      add(found, name, await readFile(path), 'image/svg+xml')
      continue
    }
    const result = await build({
      entryPoints: [path],
      bundle: true,
      minify: true,
      write: false,
      format: 'iife',
      target: BROWSER_TARGET,
      charset: 'utf8',
      legalComments: 'none',
    })
    const script = name.endsWith('.ts')
    const type = script ? 'text/javascript; charset=utf-8' : 'text/css; charset=utf-8'
    add(
      found,
      script ? name.replace('.entry.ts', '.js') : name,
      Buffer.from(result.outputFiles[0].contents),
      type,
    )
  }
  return found
}

function add(found, name, bytes, type) {
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 12)
  found[name] = { hash, type, text: bytes.toString('utf8') }
}

const filesOf = (all) =>
  Object.fromEntries(Object.entries(all).map(([name, { hash, type }]) => [name, { hash, type }]))
const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
const found = { templates: sorted(await templates()), assets: sorted(await assets()) }
const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
const fingerprint = createHash('sha256').update(JSON.stringify(found)).digest('base64url').slice(0, 8)
const source = `// Made by scripts/embed-assets.mjs from the files of this folder. Do not edit.
export const TEMPLATES: Readonly<Record<string, string>> = ${JSON.stringify(found.templates, null, 2)}

export const ASSET_FILES: Readonly<Record<string, { readonly hash: string; readonly type: string }>> = ${JSON.stringify(filesOf(found.assets), null, 2)}

/** A version and a hash of the sources: two servers with the same value serve the same pages. */
export const BUILD = '${version}+${fingerprint}'
`
const assetsSource = `// Made by scripts/embed-assets.mjs from the files of this folder. Do not edit.
export const ASSETS: Readonly<Record<string, { readonly hash: string; readonly type: string; readonly text: string }>> = ${JSON.stringify(found.assets, null, 2)}
`
for (const [file, text] of [
  [target, source],
  [assetsTarget, assetsSource],
]) {
  const before = await readFile(file, 'utf8').catch(() => '')
  if (before !== text) await writeFile(file, text)
  console.log(`embedded ${relative(process.cwd(), file)} (${text.length} characters)`)
}
