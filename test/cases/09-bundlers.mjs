// Source: evanw/esbuild#3216, webpack/webpack#18024 (optional peers of a library that is imported dynamically).
// Needs: express koa esbuild webpack. The optional peers (ioredis, kysely, ...) are NOT installed, as in most hosts.
// "Nothing is read from disk at run time, so bundlers need no help": bundle a host into one file and run it elsewhere.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { check, cleanups, finish, hostDir, need, note } from './support/host.mjs'

const folder = mkdtempSync(path.join(tmpdir(), 'case-bundle-'))
const away = mkdtempSync(path.join(tmpdir(), 'case-bundled-'))
cleanups.push(
  () => rmSync(folder, { recursive: true, force: true }),
  () => rmSync(away, { recursive: true, force: true }),
)
symlinkSync(path.join(hostDir, 'node_modules'), path.join(folder, 'node_modules'))
const body = `
const cloud = djiCloud({ users: [{ username: 'tester', password: 'only-for-tests' }], mqtt: { host: '127.0.0.1', port: 0 }, logger: false })
const app = express(); app.use(cloud)
const server = app.listen(0, '127.0.0.1', async () => {
  await cloud.ready()
  const base = 'http://127.0.0.1:' + server.address().port
  const page = await fetch(base + '/pilot')
  const login = await (await fetch(base + '/manage/api/v1/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"username":"tester","password":"only-for-tests","flag":2}' })).json()
  const simulator = await fetch(base + '/pilot/simulator')
  console.log('BUNDLED', page.status, (await page.text()).includes('login-form'), login.code, simulator.status, cloud.health().status)
  await cloud.close(); server.close(); server.closeAllConnections()
})
setTimeout(() => process.exit(3), 15000).unref()
`
writeFileSync(path.join(folder, 'package.json'), '{"name":"host","private":true}')
writeFileSync(
  path.join(folder, 'host.mjs'),
  `import { djiCloud } from 'dji-cloud/express'\nimport express from 'express'\n${body}`,
)
writeFileSync(
  path.join(folder, 'host.cjs'),
  `const { djiCloud } = require('dji-cloud/express')\nconst express = require('express')\n${body}`,
)
const run = (file) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
    cwd: away,
    encoding: 'utf8',
    timeout: 25_000,
  })
  return {
    ok: stdout.includes('BUNDLED 200 true 0 200 up'),
    seen: `${status} ${stdout.trim()} ${stderr
      .split('\n')
      .filter((line) => /rror/.test(line))
      .slice(0, 3)
      .join(' | ')}`.slice(0, 500),
  }
}
const esbuild = need('esbuild')
const PEERS = ['mqemitter-redis', 'aedes-persistence-redis', 'ioredis']
for (const [entry, format, out, external] of [
  ['host.mjs', 'cjs', 'a.cjs', []],
  ['host.cjs', 'cjs', 'b.cjs', []],
  ['host.mjs', 'esm', 'c.mjs', []],
  ['host.mjs', 'cjs', 'd.cjs', PEERS],
  ['host.cjs', 'cjs', 'e.cjs', PEERS],
  ['host.mjs', 'esm', 'f.mjs', PEERS],
]) {
  let built = null
  try {
    await esbuild.build({
      entryPoints: [path.join(folder, entry)],
      bundle: true,
      external,
      platform: 'node',
      target: 'node20',
      format,
      outfile: path.join(away, out),
      logLevel: 'silent',
      ...(format === 'esm'
        ? {
            banner: {
              js: "import { createRequire as __c } from 'node:module'; const require = __c(import.meta.url);",
            },
          }
        : {}),
    })
    built = true
  } catch (error) {
    built = (error.errors ?? [error])
      .map((one) => one.text ?? one.message)
      .slice(0, 4)
      .join(' | ')
  }
  check(
    `esbuild ${entry} -> ${format}${external.length > 0 ? ' with the peers external' : ''}: builds`,
    built === true,
    built === true ? '' : built,
  )
  if (built === true) {
    const { ok, seen } = run(path.join(away, out))
    check(
      `esbuild ${entry} -> ${format}${external.length > 0 ? ' with the peers external' : ''}: runs away from node_modules`,
      ok,
      seen,
    )
  }
}
const webpack = need('webpack')
for (const externals of [{}, Object.fromEntries(PEERS.map((name) => [name, `commonjs ${name}`]))]) {
  const at = Object.keys(externals).length > 0 ? 'webpack with the peers external' : 'webpack'
  const stats = await new Promise((resolve, reject) =>
    webpack(
      {
        externals,
        mode: 'production',
        target: 'node',
        entry: path.join(folder, 'host.mjs'),
        output: { path: away, filename: 'w.cjs' },
        optimization: { minimize: false },
        resolve: { symlinks: true },
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    ),
  )
  const wrong = stats.compilation.errors.map((one) => one.message.split('\n')[0])
  check(`${at}: builds`, wrong.length === 0, wrong.slice(0, 3).join(' | '))
  note(
    'webpack warnings:',
    stats.compilation.warnings
      .map((one) => one.message.split('\n').slice(0, 2).join(' '))
      .slice(0, 5)
      .join(' | ')
      .slice(0, 600),
  )
  if (wrong.length === 0) {
    const { ok, seen } = run(path.join(away, 'w.cjs'))
    check(`${at}: runs away from node_modules`, ok, seen)
  }
}
await finish()
