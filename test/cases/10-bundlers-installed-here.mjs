// The bundlers that this repository has installed anyway, so that CI bundles a host with every change: esbuild, Rolldown, tsdown,
// Vite's SSR build. The optional peers (ioredis, kysely, ...) are NOT there. 09 and 12 have the others.

import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundles, folder, out, REQUIRE } from './support/bundles.mjs'
import { finish, need } from './support/host.mjs'

/** As the host would import it: these have no CommonJS. */
const load = async (name) => import(pathToFileURL(need.resolve(name)).href)
const nameOf = (format) => (format === 'esm' ? 'it.mjs' : 'it.cjs')

const esbuild = need('esbuild')
const { rolldown } = await load('rolldown')
const tsdown = await load('tsdown')
const vite = await load('vite')

for (const [entry, format] of [
  ['host.mjs', 'esm'],
  ['host.mjs', 'cjs'],
  ['host.cjs', 'cjs'],
]) {
  const input = path.join(folder, entry)
  await bundles(`esbuild ${entry} -> ${format}`, async () => {
    const { file } = out(nameOf(format))
    const banner = format === 'esm' ? { js: REQUIRE } : {}
    const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'silent' }
    await esbuild.build({ ...common, entryPoints: [input], format, outfile: file, banner })
    return file
  })
  await bundles(`Rolldown ${entry} -> ${format}`, async () => {
    const { file } = out(nameOf(format))
    const bundle = await rolldown({ input, cwd: folder, platform: 'node', logLevel: 'silent' })
    await bundle.write({ file, format, codeSplitting: false })
    return file
  })
  await bundles(`tsdown ${entry} -> ${format}`, async () => {
    const { at } = out('')
    await tsdown.build({
      ...{ config: false, cwd: folder, logLevel: 'silent', dts: false, clean: false, platform: 'node' },
      ...{ entry: { it: input }, format, outDir: at, noExternal: [/.*/], fixedExtension: true },
    })
    return path.join(at, nameOf(format))
  })
}

await bundles('esbuild host.mjs -> esm, split into chunks', async () => {
  const { at } = out('')
  await esbuild.build({
    ...{
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
      format: 'esm',
      splitting: true,
    },
    ...{ entryPoints: { it: path.join(folder, 'host.mjs') }, outdir: at, outExtension: { '.js': '.mjs' } },
    banner: { js: REQUIRE },
  })
  return path.join(at, 'it.mjs')
})

await bundles('Vite, SSR, everything inside', async () => {
  const { at } = out('')
  await vite.build({
    ...{ root: folder, configFile: false, logLevel: 'silent', ssr: { noExternal: true, target: 'node' } },
    build: { ssr: 'host.mjs', outDir: at, emptyOutDir: false, target: 'node20' },
  })
  return path.join(at, 'host.mjs')
})
await finish()
