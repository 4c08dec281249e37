// Source: louislam/uptime-kuma#147, expressjs/express#3809, mqttjs/MQTT.js#1010, eclipse-mosquitto/mosquitto#1504 (nginx in front, prefix taken off, WebSockets). Needs: express koa koa-mount mqtt ws; /usr/sbin/nginx.
// nginx takes /drones/ off (or leaves it) and passes WebSockets; publicUrl has the path.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  ask,
  check,
  cleanups,
  finish,
  listen,
  login,
  logs,
  need,
  note,
  openSocket,
  options,
  sleep,
  until,
} from './support/host.mjs'

const free = () =>
  new Promise((resolve) => {
    const s = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => resolve(port))
    })
  })
const express = need('express')
const Koa = need('koa')
const mount = need('koa-mount')
async function nginx(front, locations) {
  const folder = mkdtempSync(path.join(tmpdir(), 'case-nginx-'))
  mkdirSync(path.join(folder, 'tmp'))
  writeFileSync(
    path.join(folder, 'nginx.conf'),
    `
daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1; events { worker_connections 128; }
http { access_log off; client_body_temp_path ${folder}/tmp; proxy_temp_path ${folder}/tmp; fastcgi_temp_path ${folder}/tmp; uwsgi_temp_path ${folder}/tmp; scgi_temp_path ${folder}/tmp;
map $http_upgrade $connection_upgrade { default upgrade; '' close; }
server { listen 127.0.0.1:${front};
  proxy_http_version 1.1; proxy_set_header Host $host:$server_port; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
  ${locations} } }`,
  )
  const child = spawn('/usr/sbin/nginx', ['-p', folder, '-c', path.join(folder, 'nginx.conf')], {
    stdio: 'ignore',
  })
  cleanups.push(() => {
    child.kill('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  })
  await until(async () => {
    try {
      await fetch(`http://127.0.0.1:${front}/`)
      return true
    } catch {
      return false
    }
  }, 5000)
}
const cases = [
  [
    'Express, prefix taken off, publicUrl with the path',
    'express',
    '',
    (port) => `location /drones/ { proxy_pass http://127.0.0.1:${port}/; }`,
    true,
  ],
  [
    'Express mounted at /drones, prefix left',
    'express',
    '/drones',
    (port) => `location /drones/ { proxy_pass http://127.0.0.1:${port}; }`,
    true,
  ],
  [
    'Koa, prefix taken off, publicUrl with the path',
    'koa',
    '',
    (port) => `location /drones/ { proxy_pass http://127.0.0.1:${port}/; }`,
    true,
  ],
  [
    'Koa mounted at /drones, prefix left, no publicUrl',
    'koa',
    '/drones',
    (port) => `location /drones/ { proxy_pass http://127.0.0.1:${port}; }`,
    false,
  ],
  [
    'Express mounted at /drones behind a prefix /site taken off',
    'express',
    '/drones',
    (port) => `location /drones/ { proxy_pass http://127.0.0.1:${port}/drones/; }`,
    true,
  ],
  [
    'Express, prefix taken off, no publicUrl',
    'express',
    '',
    (port) => `location /drones/ { proxy_pass http://127.0.0.1:${port}/; }`,
    false,
  ],
]
for (const [name, framework, at, locations, withUrl] of cases) {
  const front = await free()
  const publicUrl = `http://127.0.0.1:${front}/drones`
  const { djiCloud } = need(`dji-cloud/${framework}`)
  logs.length = 0
  const cloud = djiCloud(options(withUrl ? { publicUrl } : {}))
  cleanups.push(() => cloud.close())
  await cloud.ready()
  let server
  if (framework === 'express') {
    const app = express()
    app.set('trust proxy', 1)
    if (at === '') app.use(cloud)
    else app.use(at, cloud)
    server = createServer(app)
  } else {
    const app = new Koa()
    app.proxy = true
    app.use(at === '' ? cloud : mount(at, cloud))
    server = createServer(app.callback())
  }
  const port = await listen(server)
  await nginx(front, locations(port))
  const base = publicUrl
  const page = await ask(`${base}/pilot`)
  const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)]
    .map((m) => m[1])
    // As a browser has them: an address may be relative to the page.
    .map((m) => new URL(m, `${base}/pilot`).href)
  const bad = []
  for (const asset of assets) {
    const got = await ask(asset)
    if (got.status !== 200) bad.push(`${got.status} ${asset}`)
  }
  check(
    `${name}: page and ${assets.length} assets`,
    page.status === 200 && assets.length > 0 && bad.length === 0,
    `${page.status} ${bad.join(', ')}`,
  )
  const { createVirtualPilot } = need('dji-cloud/testing')
  const pilot = createVirtualPilot({
    url: `${base}/pilot`,
    gateway: { serial: 'RCFAKE00000001' },
    knobs: { osdIntervalMs: 200 },
  })
  cleanups.push(() => pilot.close())
  let outcome
  try {
    outcome = await pilot.login('tester', 'only-for-tests')
  } catch (error) {
    outcome = { kind: `threw ${error.message}` }
  }
  await Promise.race([pilot.topologyAcknowledged().catch(() => {}), sleep(4000)])
  check(
    `${name}: a virtual Pilot gets connected`,
    outcome.kind === 'connected',
    `${outcome.kind} ${outcome.step?.id ?? ''} ${outcome.step?.message ?? ''}`,
  )
  const user = await login(base)
  const ours = await openSocket(`ws://127.0.0.1:${front}/drones/api/v1/ws?x-auth-token=${user?.access_token}`)
  check(`${name}: WebSocket through nginx`, ours.how === 'open', ours.how)
  const mqtt = await openSocket(`ws://127.0.0.1:${front}/drones/mqtt`, 'mqtt')
  check(`${name}: MQTT over WebSocket through nginx`, mqtt.how === 'open', mqtt.how)
  ours.socket.terminate()
  mqtt.socket.terminate()
  const report = await cloud
    .doctor({ url: `${base}/pilot`, username: 'tester', password: 'only-for-tests', local: true })
    .catch((error) => ({ findings: [{ what: error.message }] }))
  note(`${name}: doctor says`, JSON.stringify(report.findings.map((one) => [one.what, one.fix])))
  note(`${name}: logged`, JSON.stringify([...new Set(logs)]))
  await pilot.close()
}
await finish()
