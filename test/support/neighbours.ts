import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Express } from 'express'
import expressWs from 'express-ws'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { Server as SocketIo } from 'socket.io'
import { WebSocketServer } from 'ws'

/** Somebody else who listens for upgrades on the server of a host. */
export interface Neighbour {
  /** Of a path of its own, and how the first message there begins. */
  readonly path: string
  readonly says: string
  /** @returns what is to be closed afterwards */
  readonly move: (server: Server, app: Express) => Promise<() => unknown> | (() => unknown)
}

type Listener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

const greet = (listen: (server: Server, listener: Listener) => void): Neighbour['move'] => {
  return (server) => {
    const own = new WebSocketServer({ noServer: true })
    listen(server, (request, socket, head) => {
      if (request.url !== '/chat') socket.destroy()
      else own.handleUpgrade(request, socket, head, (client) => client.send('chat'))
    })
    return () => own.close()
  }
}

export const NEIGHBOURS: Readonly<Record<string, Neighbour>> = {
  'ws on a path, which refuses every other with 400': {
    path: '/graphql',
    says: 'graphql',
    move(server) {
      const own = new WebSocketServer({ server, path: '/graphql' })
      own.on('connection', (client) => client.send('graphql'))
      return () => own.close()
    },
  },
  'ws on every path': {
    path: '/any/path',
    says: 'any',
    move(server) {
      const own = new WebSocketServer({ server })
      own.on('connection', (client) => client.send('any'))
      return () => own.close()
    },
  },
  'express-ws, which accepts first and asks the app then': {
    path: '/room',
    says: 'room',
    move(server, app) {
      const { app: withWs, getWss } = expressWs(app as never, server)
      withWs.ws('/room', (client) => client.send('room'))
      return () => getWss().close()
    },
  },
  'socket.io, which ends what nobody has answered in time': {
    path: '/socket.io/?EIO=4&transport=websocket',
    says: '0{"sid"',
    move(server) {
      const own = new SocketIo(server, { destroyUpgradeTimeout: 1 })
      return () => own.close()
    },
  },
  'a WebSocket proxy for everything': {
    path: '/behind',
    says: 'upstream /behind',
    async move(server) {
      const upstream = createServer()
      const own = new WebSocketServer({ server: upstream })
      own.on('connection', (client, request) => client.send(`upstream ${request.url}`))
      upstream.listen(0, '127.0.0.1')
      await once(upstream, 'listening')
      const { port } = upstream.address() as AddressInfo
      const proxy = createProxyMiddleware({ target: `http://127.0.0.1:${port}`, ws: true })
      server.on('upgrade', proxy.upgrade as unknown as Listener)
      return () => {
        for (const client of own.clients) client.terminate()
        upstream.close()
      }
    },
  },
  'a listener that destroys every path but its own, as the WsAdapter of Nest': {
    path: '/chat',
    says: 'chat',
    move: greet((server, listener) => server.on('upgrade', listener)),
  },
  'a listener that makes up its mind a moment later': {
    path: '/chat',
    says: 'chat',
    move: greet((server, listener) =>
      server.on('upgrade', (...given: Parameters<Listener>) => setImmediate(() => listener(...given))),
    ),
  },
  'a host that clears the listeners before it adds its own': {
    path: '/chat',
    says: 'chat',
    move: greet((server, listener) => server.removeAllListeners('upgrade').on('upgrade', listener)),
  },
  'a host that calls the listeners of before by itself': {
    path: '/chat',
    says: 'chat',
    move: greet((server, listener) => {
      const before = server.listeners('upgrade') as Listener[]
      server.removeAllListeners('upgrade').on('upgrade', (...given: Parameters<Listener>) => {
        for (const one of before) one(...given)
        listener(...given)
      })
    }),
  },
  'a host with an emit of its own, as tracing agents put there': {
    path: '/chat',
    says: 'chat',
    move: greet((server, listener) => {
      const { emit } = server
      Object.defineProperty(server, 'emit', {
        configurable: true,
        writable: true,
        value(this: Server, event: string, ...rest: unknown[]) {
          return (emit as (event: string, ...rest: unknown[]) => boolean).call(this, event, ...rest)
        },
      })
      server.on('upgrade', listener)
    }),
  },
}
