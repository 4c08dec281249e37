// Source: evanw/esbuild#3216, webpack/webpack#18024 (optional peers of a library that is imported dynamically).
// Needs: express esbuild webpack. The optional peers (ioredis, kysely, ...) are NOT there, as in most hosts.
// "Nothing is read from disk at run time, so bundlers need no help": bundle a host into one file and run it elsewhere.

import path from 'node:path'
import { bundles, folder, out, PEERS, REQUIRE } from './support/bundles.mjs'
import { finish, need, note } from './support/host.mjs'

const esbuild = need('esbuild')
for (const external of [[], PEERS]) {
  const how = external.length > 0 ? ' with the peers external' : ''
  for (const [entry, format] of [
    ['host.mjs', 'cjs'],
    ['host.cjs', 'cjs'],
    ['host.mjs', 'esm'],
  ]) {
    await bundles(`esbuild ${entry} -> ${format}${how}`, async () => {
      const { file } = out(format === 'esm' ? 'it.mjs' : 'it.cjs')
      await esbuild.build({
        entryPoints: [path.join(folder, entry)],
        bundle: true,
        external,
        platform: 'node',
        target: 'node20',
        format,
        outfile: file,
        logLevel: 'silent',
        ...(format === 'esm' ? { banner: { js: REQUIRE } } : {}),
      })
      return file
    })
  }
}

const webpack = need('webpack')
for (const externals of [{}, Object.fromEntries(PEERS.map((name) => [name, `commonjs ${name}`]))]) {
  const how = Object.keys(externals).length > 0 ? ' with the peers external' : ''
  await bundles(`webpack${how}`, async () => {
    const { at, file } = out('it.cjs')
    const config = {
      externals,
      mode: 'production',
      target: 'node',
      context: folder,
      entry: path.join(folder, 'host.mjs'),
      output: { path: at, filename: 'it.cjs' },
      optimization: { minimize: false },
    }
    const stats = await new Promise((resolve, reject) =>
      webpack(config, (error, result) => (error ? reject(error) : resolve(result))),
    )
    const lines = (list) => list.map((one) => one.message.split('\n').slice(0, 2).join(' '))
    note('webpack warnings:', lines(stats.compilation.warnings).slice(0, 5).join(' | ').slice(0, 600))
    const wrong = lines(stats.compilation.errors)
    if (wrong.length > 0) throw new Error(wrong.slice(0, 3).join(' | '))
    return file
  })
}
await finish()
