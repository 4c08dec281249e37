/**
 * What the cases about bundlers share: a host to bundle, and the proof that a bundle works away from every node_modules.
 * The optional packages (ioredis, kysely and so on) are not there, as in most hosts.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { check, cleanups, need } from './host.mjs'

export const PEERS = ['mqemitter-redis', 'aedes-persistence-redis', 'ioredis']
const ABSENT = new Set([...PEERS, 'kysely', 'koa', 'dji-cloud'])

const folderOf = (name) => path.dirname(need.resolve(`${name}/package.json`))

function tempFolder(name) {
  const folder = mkdtempSync(path.join(tmpdir(), name))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Where the host is built. */
export const folder = tempFolder('case-bundle-')
/** Where what was built runs: nothing can be loaded from here. */
export const away = tempFolder('case-bundled-')

// All that the host has installed, but for the optional packages. Ours is a copy: a link would be followed to where they may be.
const installed = path.dirname(folderOf('express'))
const modules = path.join(folder, 'node_modules')
mkdirSync(modules)
for (const name of readdirSync(installed))
  if (!ABSENT.has(name) && !name.startsWith('.'))
    symlinkSync(path.join(installed, name), path.join(modules, name))
cpSync(folderOf('dji-cloud'), path.join(modules, 'dji-cloud'), { recursive: true, dereference: true })

const body = `
const cloud = djiCloud({ users: [{ username: 'tester', password: 'only-for-tests' }], mqtt: { host: '127.0.0.1', port: 0 }, logger: false })
const app = express(); app.use(cloud)
const server = app.listen(0, '127.0.0.1', async () => {
  await cloud.ready()
  const base = 'http://127.0.0.1:' + server.address().port
  const page = await fetch(base + '/pilot')
  const html = await page.text()
  const script = /<script[^>]+src="([^"]+)"/.exec(html)?.[1]
  const asset = script === undefined ? { status: 0 } : await fetch(new URL(script, base + '/pilot'))
  const login = await (await fetch(base + '/manage/api/v1/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"username":"tester","password":"only-for-tests","flag":2}' })).json()
  const simulator = await fetch(base + '/pilot/simulator')
  console.log('BUNDLED', page.status, html.includes('login-form'), asset.status, login.code, simulator.status, cloud.health().status)
  await cloud.close(); server.close(); server.closeAllConnections()
})
setTimeout(() => process.exit(3), 60000).unref()
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

/** What some bundlers need in an ES module for the packages that are CommonJS inside. */
export const REQUIRE =
  "import { createRequire as __c } from 'node:module'; const require = __c(import.meta.url);"

/** Builds a host and runs it away from node_modules. @param build resolves to the file that is to be run */
export async function bundles(name, build) {
  let file
  try {
    file = await build()
  } catch (error) {
    const texts = (error.errors ?? [error]).map((one) => one.text ?? one.message)
    check(`${name}: builds`, false, texts.slice(0, 4).join(' | '))
    return
  }
  check(`${name}: builds`, true)
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
    cwd: away,
    encoding: 'utf8',
    timeout: 70_000,
    // Some bundlers set NODE_ENV for their own process.
    env: { ...process.env, NODE_PATH: '', NODE_ENV: 'development' },
  })
  const wrong = stderr.split('\n').filter((line) => /rror/.test(line))
  check(
    `${name}: runs away from node_modules`,
    stdout.includes('BUNDLED 200 true 200 0 200 up'),
    `${status} ${stdout.trim()} ${wrong.slice(0, 3).join(' | ')}`.slice(0, 500),
  )
}

/** A file of its own, in a folder of its own, for one bundle. */
export function out(file) {
  const at = mkdtempSync(path.join(away, 'b-'))
  return { at, file: path.join(at, file) }
}
