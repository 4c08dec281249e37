// Source: vercel/next.js#50461, trpc/trpc#5563, vercel/next.js#64128 (a custom server: Next listens for upgrades itself). Needs: express mqtt ws next react react-dom.
// Express custom server with djiCloud() first and Next for the rest, once without and once with a catch-all page.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  ask,
  check,
  cleanups,
  finish,
  hostDir,
  listen,
  login,
  logs,
  need,
  note,
  openSocket,
  options,
  sleep,
} from './support/host.mjs'

const express = need('express')
const { djiCloud } = need('dji-cloud/express')
for (const [name, page] of [
  ['pages/index only', 'index'],
  ['a catch-all page', '[...slug]'],
]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'case-next-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  symlinkSync(path.join(hostDir, 'node_modules'), path.join(folder, 'node_modules'))
  mkdirSync(path.join(folder, 'pages'))
  writeFileSync(path.join(folder, 'package.json'), '{"name":"host","private":true}')
  writeFileSync(
    path.join(folder, 'pages', 'index.js'),
    'export default function Page() { return <p>host</p> }\n',
  )
  if (page !== 'index')
    writeFileSync(
      path.join(folder, 'pages', `${page}.js`),
      'export default function Page() { return <p>host</p> }\nexport const getServerSideProps = async () => ({ props: {} })\n',
    )
  const build = spawnSync(
    process.execPath,
    [path.join(hostDir, 'node_modules/next/dist/bin/next'), 'build'],
    {
      cwd: folder,
      encoding: 'utf8',
      timeout: 200_000,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
    },
  )
  check(
    `${name}: next builds`,
    build.status === 0,
    `${build.stdout}${build.stderr}`.slice(-300).replaceAll('\n', ' '),
  )
  if (build.status !== 0) continue
  const nextFactory = need('next')
  const next = (nextFactory.default ?? nextFactory)({
    dev: false,
    dir: folder,
    hostname: '127.0.0.1',
    port: 3000,
  })
  await next.prepare()
  const handle = next.getRequestHandler()
  const app = express()
  const cloud = djiCloud(options({ environment: 'development' }))
  cleanups.push(() => cloud.close())
  await cloud.ready()
  app.use(cloud)
  app.use((request, response) => handle(request, response))
  logs.length = 0
  const port = await listen(createServer(app))
  const base = `http://127.0.0.1:${port}`
  check(`${name}: the host's page`, (await ask(`${base}/`)).text.includes('host'))
  const user = await login(base)
  check(`${name}: login`, typeof user?.access_token === 'string')
  const ours = await openSocket(`ws://127.0.0.1:${port}/api/v1/ws?x-auth-token=${user?.access_token}`)
  let end = 'still open'
  ours.socket.on('close', (code) => {
    end = `closed ${code}`
  })
  await sleep(1500)
  check(
    `${name}: Pilot's WebSocket opens and stays`,
    ours.how === 'open' && end === 'still open',
    `${ours.how}, ${end}`,
  )
  note(name, 'logged', JSON.stringify(logs))
  ours.socket.terminate()
  await next.close?.()
}
await finish()
