import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { Aedes, type Client } from 'aedes'
import { type WebSocket, WebSocketServer } from 'ws'

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/**
 * A platform made by hand, as little as a Pilot needs: a bare broker that answers update_topo, HTTP that records, and a
 * WebSocket. What the virtual Pilot does here owes nothing to dji-cloud's own server.
 */
export async function startPlatform() {
  const broker = await Aedes.createBroker()
  const clients: Client[] = []
  const connects: {
    id: string
    username: string | undefined
    password: string | undefined
    version: number
  }[] = []
  const published: { topic: string; payload: unknown; at: number }[] = []
  const ended: { id: string; graceful: boolean }[] = []
  const settings = { answers: true, status: 200, password: null as string | null, dropIds: false }
  const graceful = new Set<Client>()

  broker.authenticate = (client, username, password, done) => {
    connects.push({
      id: client.id,
      username,
      password: password?.toString(),
      version: (client as unknown as { version: number }).version,
    })
    const allowed = settings.password === null || password?.toString() === settings.password
    if (allowed) return done(null, true)
    done(Object.assign(new Error('refused'), { returnCode: 5 }) as never, false)
  }
  broker.on('client', (client) => {
    clients.push(client)
    const packets = client as unknown as {
      _parser: { on(name: 'packet', fn: (packet: { cmd: string }) => void): void }
    }
    packets._parser.on('packet', ({ cmd }) => cmd === 'disconnect' && graceful.add(client))
  })
  broker.on('clientDisconnect', (client) => ended.push({ id: client.id, graceful: graceful.has(client) }))
  broker.on('publish', (packet, client) => {
    if (!client) return
    const payload = JSON.parse(packet.payload.toString()) as { method?: string; tid?: string; bid?: string }
    published.push({ topic: packet.topic, payload, at: Date.now() })
    if (payload.method === 'update_topo' && settings.answers) {
      const ids = { tid: payload.tid, bid: payload.bid }
      send(`${packet.topic}_reply`, {
        ...ids,
        method: 'update_topo',
        timestamp: Date.now(),
        data: { result: 0 },
      })
    }
  })
  const send = (topic: string, payload: object): void =>
    broker.publish(
      {
        cmd: 'publish',
        topic,
        payload: Buffer.from(JSON.stringify(payload)),
        qos: 1,
        retain: false,
        dup: false,
      },
      () => {},
    )

  const tcp = createTcpServer({ noDelay: true }, (socket) => broker.handle(socket))
  tcp.listen(0, '127.0.0.1')
  const requests: Seen[] = []
  const http = createServer((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    response
      .writeHead(settings.status, { 'content-type': 'application/json' })
      .end('{"code":0,"message":"success","data":{}}')
  })
  const sockets: { socket: WebSocket; url: string; headers: IncomingHttpHeaders }[] = []
  const upgrades = new WebSocketServer({ server: http })
  upgrades.on('connection', (socket, request) =>
    sockets.push({ socket, url: request.url ?? '', headers: request.headers }),
  )
  http.listen(0, '127.0.0.1')
  await Promise.all([once(tcp, 'listening'), once(http, 'listening')])
  const port = (server: { address(): unknown }): number => (server.address() as AddressInfo).port

  return {
    settings,
    clients,
    connects,
    published,
    ended,
    requests,
    sockets,
    send,
    mqtt: `tcp://127.0.0.1:${port(tcp)}`,
    http: `http://127.0.0.1:${port(http)}`,
    ws: `ws://127.0.0.1:${port(http)}/api/v1/ws`,
    async stop() {
      for (const { socket } of sockets) socket.terminate()
      http.closeAllConnections()
      await Promise.all([
        new Promise((done) => broker.close(() => done(null))),
        new Promise((done) => tcp.close(done)),
        new Promise((done) => http.close(done)),
      ])
    },
  }
}

export type Platform = Awaited<ReturnType<typeof startPlatform>>
