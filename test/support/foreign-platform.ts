import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTls } from 'node:https'
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net'
import { Aedes } from 'aedes'
import { WebSocketServer } from 'ws'
import type { KeyAndCertificate } from './certificates.ts'

/**
 * A small platform of somebody else's: a page with a form, routes of its own, a broker. It shares nothing with this package
 * but what Pilot itself asks for.
 */
export interface ForeignPlatform {
  /** What pilots type. */
  readonly url: string
  readonly account: { readonly username: string; readonly password: string }
  close(): Promise<void>
}

export interface ForeignSetup {
  /** Replaces a part of the page's script. */
  readonly change?: (script: string) => string
  readonly html?: (page: string) => string
  readonly tls?: KeyAndCertificate
  /** Answers Pilot's own request for devices with 401. */
  readonly rejectsPilot?: boolean
}

const ACCOUNT = { username: 'grace', password: 'fake-password-of-grace' }
const WORKSPACE = '11111111-2222-3333-4444-555555555555'
const TOKEN = 'fake-token-of-the-other-platform'

const PAGE = `<!doctype html><meta charset="utf-8"><title>Their cloud</title>
<div id="door"><p>Sign in</p><input id="who" placeholder="who"><input id="secret" type="password"><button id="go">Enter</button></div>
<p id="said"></p><script src="/their.js"></script>`

/** Written as such pages are: old style, straight on, with its callback as a global function. */
const SCRIPT = `
function said(text) { document.getElementById('said').textContent = text }
function code(answer) { return JSON.parse(answer).code }
window.theirThing = function (state) { said('thing ' + JSON.stringify(state)) }
window.theirSocket = function () {}
function enter() {
  fetch('/their/entry', {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ who: document.getElementById('who').value, secret: document.getElementById('secret').value })
  }).then(function (response) { return response.json() }).then(function (plan) {
    if (!plan.pass) return said('no')
    var bridge = window.djiBridge
    if (!bridge) return said('not inside Pilot')
    bridge.platformVerifyLicense('100001', 'fakefakefakefake', 'ZmFrZSBsaWNlbnNlIGZvciB0ZXN0cyE=')
    bridge.platformSetWorkspaceId(plan.workspace)
    bridge.platformSetInformation('Their cloud', 'Team', '')
    bridge.platformLoadComponent('api', JSON.stringify({ host: location.origin, token: plan.pass }))
    bridge.platformLoadComponent('tsa', '{}')
    bridge.platformLoadComponent('ws', JSON.stringify({ host: plan.socket, token: plan.pass, connectCallback: 'theirSocket' }))
    bridge.platformLoadComponent('thing', JSON.stringify({ host: plan.broker, username: plan.name, password: plan.word, connectCallback: 'theirThing' }))
    bridge.thingConnect(plan.name, plan.word, 'theirThing')
    document.getElementById('door').remove()
  })
}
document.getElementById('go').onclick = enter
`

export async function startForeignPlatform(setup: ForeignSetup = {}): Promise<ForeignPlatform> {
  const broker = await Aedes.createBroker()
  const names = new Map<string, string>()
  broker.authenticate = (client, username, password, done) => {
    const good = username === 'their-controllers' && String(password) === 'fake-mqtt-password'
    if (good) names.set(client.id, client.id)
    done(null, good)
  }
  const isOwn = (id: string, topic: string): boolean => topic.split('/')[2] === id
  broker.authorizeSubscribe = (client, filter, done) =>
    done(null, isOwn(client.id, filter.topic) ? filter : null)
  broker.authorizePublish = (client, packet, done) => {
    done(client === null || isOwn(client.id, packet.topic) ? null : new Error('not yours'))
  }
  broker.on('publish', (packet, client) => {
    if (client === null || !/^sys\/product\/[^/]+\/status$/.test(packet.topic)) return
    const { tid, bid } = JSON.parse(packet.payload.toString()) as { tid: string; bid: string }
    const payload = JSON.stringify({
      tid,
      bid,
      timestamp: Date.now(),
      method: 'update_topo',
      data: { result: 0 },
    })
    broker.publish(
      { cmd: 'publish', topic: `${packet.topic}_reply`, payload, qos: 1, dup: false, retain: false },
      () => undefined,
    )
  })
  const tcp = createTcp(broker.handle)
  const mqttPort = await listen(tcp)

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x')
    const send = (type: string, body: string, status = 200): void =>
      void response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
    if (pathname === '/') return send('text/html', setup.html?.(PAGE) ?? PAGE)
    if (pathname === '/their.js') return send('text/javascript', setup.change?.(SCRIPT) ?? SCRIPT)
    if (
      pathname.endsWith('/topologies') &&
      request.headers['x-auth-token'] === TOKEN &&
      setup.rejectsPilot !== true
    )
      return send('application/json', JSON.stringify({ code: 0, message: 'success', data: { list: [] } }))
    if (pathname.endsWith('/topologies')) return send('application/json', '{"code":401}', 401)
    if (pathname !== '/their/entry') return send('text/plain', 'nothing', 404)
    let text = ''
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    request.on('end', () => {
      const { who, secret } = JSON.parse(text) as { who: string; secret: string }
      const pass = who === ACCOUNT.username && secret === ACCOUNT.password ? TOKEN : null
      send(
        'application/json',
        JSON.stringify({
          pass,
          workspace: WORKSPACE,
          socket: `${scheme === 'https' ? 'wss' : 'ws'}://127.0.0.1:${port}/their/socket`,
          broker: `tcp://127.0.0.1:${mqttPort}`,
          name: 'their-controllers',
          word: 'fake-mqtt-password',
        }),
      )
    })
  }
  const scheme = setup.tls === undefined ? 'http' : 'https'
  const server = setup.tls === undefined ? createServer(answer) : createTls(setup.tls, answer)
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (!`${request.url}${JSON.stringify(request.headers)}`.includes(TOKEN)) return socket.destroy()
    sockets.handleUpgrade(request, socket, head, () => undefined)
  })
  const port = await listen(server)

  return {
    url: `${scheme}://127.0.0.1:${port}/`,
    account: ACCOUNT,
    async close() {
      for (const socket of sockets.clients) socket.terminate()
      await new Promise<void>((resolve) => broker.close(() => resolve()))
      server.closeAllConnections()
      await Promise.all([server, tcp].map((one) => new Promise((resolve) => one.close(resolve))))
    },
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
