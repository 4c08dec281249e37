// rollup with its usual plugins, tsup and ncc. The optional peers (ioredis, kysely, ...) are NOT there. 09 and 10 have the other bundlers.
// Needs: express rollup @rollup/plugin-node-resolve @rollup/plugin-commonjs @rollup/plugin-json tsup @vercel/ncc.

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { bundles, folder, out, REQUIRE } from './support/bundles.mjs'
import { finish, need, note } from './support/host.mjs'

const { rollup } = need('rollup')
const plugin = (name) => need(`@rollup/plugin-${name}`).default
const tsup = need('tsup')
const ncc = need('@vercel/ncc')
const nameOf = (format) => (format === 'esm' ? 'it.mjs' : 'it.cjs')

for (const format of ['esm', 'cjs']) {
  await bundles(`rollup -> ${format}`, async () => {
    const { file } = out(nameOf(format))
    const warnings = []
    const bundle = await rollup({
      input: path.join(folder, 'host.mjs'),
      plugins: [
        plugin('node-resolve')({ preferBuiltins: true, exportConditions: ['node'] }),
        plugin('commonjs')(),
        plugin('json')(),
      ],
      onwarn: ({ code, message }) => warnings.push(`${code} ${message.split('\n')[0]}`),
    })
    await bundle.write({ file, format, inlineDynamicImports: true })
    await bundle.close()
    note('rollup warnings:', [...new Set(warnings)].slice(0, 6).join(' | ').slice(0, 600))
    return file
  })
}

for (const [entry, format] of [
  ['host.mjs', 'esm'],
  ['host.mjs', 'cjs'],
  ['host.cjs', 'cjs'],
]) {
  await bundles(`tsup ${entry} -> ${format}`, async () => {
    const { at } = out('')
    await tsup.build({
      ...{ config: false, silent: true, clean: false, dts: false, platform: 'node', target: 'node20' },
      ...{ entry: { it: path.join(folder, entry) }, format: [format], outDir: at, noExternal: [/.*/] },
      outExtension: () => ({ js: format === 'esm' ? '.mjs' : '.cjs' }),
      ...(format === 'esm' ? { banner: { js: REQUIRE } } : {}),
    })
    return path.join(at, nameOf(format))
  })
}

for (const entry of ['host.mjs', 'host.cjs']) {
  await bundles(`ncc ${entry}`, async () => {
    const { at } = out('')
    const { code, assets } = await ncc(path.join(folder, entry), { cache: false, quiet: true })
    for (const [name, { source }] of Object.entries(assets)) writeFileSync(path.join(at, name), source)
    const file = path.join(at, nameOf(entry === 'host.mjs' ? 'esm' : 'cjs'))
    writeFileSync(file, code)
    return file
  })
}
await finish()
