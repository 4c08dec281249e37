// The configurations of docs/proxies.md, each in front of a real app: only ports, addresses and the files of certificates are replaced.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { connectAsync } from 'mqtt'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { embeddedBroker } from '../../src/adapters/brokers/embedded/index.ts'
import { djiCloud } from '../../src/express.ts'
import { PASSWORD, testUsers } from '../support/accounts.ts'
import { createAuthority } from '../support/authority.ts'
import { describeWith } from '../support/describe-with.ts'
import { findBinary, freePort } from '../support/server-binary.ts'
import { blocksOf } from './blocks.ts'

const page = fileURLToPath(new URL('../../docs/proxies.md', import.meta.url))
const blocks = blocksOf('docs/proxies.md', readFileSync(page, 'utf8'))
const authority = createAuthority()
afterAll(() => authority.remove())

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Proxy {
  /** The language of its block on the page. */
  readonly name: string
  readonly file: string | null
  /** What the page leaves out, around its block. @param folder its own; @param config the block, with ports and files replaced */
  readonly whole: (folder: string, config: string) => string
  readonly args: (file: string, folder: string) => readonly string[]
  readonly forwardsMqtt: boolean
  /** Apache waits for its tunnels after a SIGTERM; with -X it has no children. */
  readonly signal?: NodeJS.Signals
}

const sbin = ['/usr/sbin', '/usr/local/sbin']
const STREAM = '/usr/lib/nginx/modules/ngx_stream_module.so'
const modules = [
  'mpm_event',
  'authz_core',
  'socache_shmcb',
  'ssl',
  'proxy',
  'proxy_http',
  'proxy_wstunnel',
  'rewrite',
  'headers',
]

const PROXIES: readonly Proxy[] = [
  {
    name: 'nginx',
    file: findBinary('nginx', sbin),
    whole: (folder, config) =>
      `load_module ${STREAM}; daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {}\n` +
      config.replace(
        'http {',
        `http {\n access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/tmp;`).join(' ')}`,
      ),
    args: (file, folder) => ['-p', folder, '-c', file],
    forwardsMqtt: true,
  },
  {
    name: 'haproxy',
    file: findBinary('haproxy', sbin),
    whole: (_folder, config) => config,
    args: (file) => ['-db', '-f', file],
    forwardsMqtt: true,
  },
  {
    name: 'caddy',
    file: findBinary('caddy', sbin),
    whole: (_folder, config) => `{\n  admin off\n  auto_https disable_redirects\n}\n${config}`,
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
    forwardsMqtt: false,
  },
  {
    name: 'apache',
    file: findBinary('apache2', sbin),
    whole: (folder, config) =>
      [
        ...modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
        `ServerRoot ${folder}`,
        `PidFile ${folder}/pid`,
        `ErrorLog ${folder}/error.log`,
        'ServerName localhost',
        `DefaultRuntimeDir ${folder}`,
        'User nobody',
        `Listen 127.0.0.1:${/VirtualHost \S+:(\d+)/.exec(config)?.[1]}`,
        config,
      ].join('\n'),
    args: (file) => ['-X', '-f', file],
    forwardsMqtt: false,
    signal: 'SIGKILL',
  },
]

/** The app of the page, behind the proxy. */
async function behind(proxy: Proxy) {
  const [https, mqtts] = [await freePort(), await freePort()]
  const url = `https://localhost:${https}/drones`
  const app = express()
  app.set('trust proxy', 'loopback')
  const broker = embeddedBroker({ host: '127.0.0.1', port: 0, proxyProtocol: { from: ['127.0.0.1'] } })
  const cloud = djiCloud({ users: testUsers(), publicUrl: url, logger: false, broker })
  closing.push(() => cloud.close())
  await cloud.ready()
  app.use(cloud)
  app.get('/who', ({ ip, protocol, headers }, response) => {
    response.json({ ip, protocol, host: headers.host })
  })
  const server = app.listen(0, '127.0.0.1')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const appPort = (server.address() as { port: number }).port
  const brokerPort = new URL(broker.address('127.0.0.1')).port

  const folder = mkdtempSync(join(tmpdir(), `dji-cloud-${proxy.name}-`))
  closing.push(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'tmp'))
  const { cert, key } = authority.issue('localhost')
  for (const [name, text] of Object.entries({
    'fullchain.pem': cert,
    'privkey.pem': key,
    'site.pem': cert + key,
  }))
    writeFileSync(join(folder, name), text)
  const block = blocks.find(({ language }) => language === proxy.name)
  expect(block, `a block of the language ${proxy.name}`).toBeDefined()
  const config = (block?.code ?? '')
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${appPort}`)
    .replaceAll('127.0.0.1:1883', `127.0.0.1:${brokerPort}`)
    .replaceAll(/\b(fullchain|privkey|site)\.pem/g, join(folder, '$1.pem'))
    .replaceAll('cloud.example.com {', `https://localhost:${https} {`)
    .replaceAll('cloud.example.com', 'localhost')
    .replaceAll(/(listen |:)443\b/g, `$1${https}`)
    .replaceAll(/(listen |:)8883\b/g, `$1${mqtts}`)
  const file = join(folder, 'proxy.conf')
  writeFileSync(file, proxy.whole(folder, config))
  const child = spawn(proxy.file ?? '', proxy.args(file, folder), {
    cwd: folder,
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  closing.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(proxy.signal ?? 'SIGTERM')
    await gone
  })
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${proxy.name} ended: ${said}`)
  })
  await Promise.race([listening(proxy.forwardsMqtt ? mqtts : https), ended])
  return { cloud, url, https, mqtts }
}

/** They say nothing, or something else each, when they are ready. */
async function listening(port: number): Promise<void> {
  await expect
    .poll(async () => {
      const socket = connectTcp(port, '127.0.0.1')
      return Promise.race([
        once(socket, 'connect').then(() => true),
        once(socket, 'error').then(() => false),
      ]).finally(() => socket.destroy())
    })
    .toBe(true)
}

const ask = (url: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    get(url, { ca: authority.ca, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    }).on('error', reject)
  })

for (const proxy of PROXIES)
  describeWith(proxy.name, proxy.file, `${proxy.name}, as docs/proxies.md has it`, () => {
    test('passes pages, logins and both WebSockets, below a prefix that it takes away', async () => {
      const { url, https } = await behind(proxy)
      const { status, text } = await ask(`${url}/pilot`)
      expect(status).toBe(200)
      for (const [, address] of text.matchAll(/(?:src|href)="([^"#]+)"/g))
        expect((await ask(new URL(address ?? '', `${url}/pilot`).href)).status, address).toBe(200)
      // A client that makes an address up is not believed.
      const who = JSON.parse((await ask(`${url}/who`, { 'x-forwarded-for': '9.9.9.9' })).text)
      expect(who).toEqual({ ip: '127.0.0.1', protocol: 'https', host: `localhost:${https}` })

      const token = await logIn(url)
      const ways = [`/api/v1/ws?x-auth-token=${token}`, '/mqtt']
      for (const way of ways) {
        const socket = new WebSocket(
          `${url.replace('https', 'wss')}${way}`,
          way === '/mqtt' ? ['mqtt'] : [],
          {
            ca: authority.ca,
          },
        )
        await once(socket, 'open')
        socket.terminate()
      }
    })

    if (proxy.forwardsMqtt)
      test('forwards MQTT and says whom it speaks for', async () => {
        const { cloud, mqtts } = await behind(proxy)
        const refused = new Promise<unknown>((resolve) => cloud.on('mqtt.refused', resolve))
        await expect(
          connectAsync(`mqtts://localhost:${mqtts}`, {
            ca: authority.ca,
            username: 'nobody',
            password: 'wrong',
            reconnectPeriod: 0,
          }),
        ).rejects.toThrow()
        expect(await refused).toMatchObject({ reason: 'bad_credentials', address: '127.0.0.1' })
      })
  })

async function logIn(url: string): Promise<string> {
  const { request } = await import('node:https')
  const body = JSON.stringify({ username: 'amelia', password: PASSWORD, flag: 2 })
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/manage/api/v1/login`,
      { method: 'POST', ca: authority.ca, headers: { 'content-type': 'application/json' } },
      (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve(String(JSON.parse(text).data?.access_token)))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

describe('docs/proxies.md', () => {
  test('has a configuration for each, and nothing that is not run', () => {
    const languages = blocks.map(({ language }) => language).filter((language) => language !== 'ts')
    expect(languages.sort()).toEqual(PROXIES.map(({ name }) => name).sort())
  })
})
