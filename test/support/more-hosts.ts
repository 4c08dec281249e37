import 'reflect-metadata'
import { createServer, type Server } from 'node:http'
import middie from '@fastify/middie'
import {
  Body,
  Controller,
  Get,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  Post,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { WsAdapter } from '@nestjs/platform-ws'
import { WebSocketGateway } from '@nestjs/websockets'
import fastify from 'fastify'
import type { DjiCloudExpress } from '../../src/express.ts'

/** Apps that take Express middleware without being one: `GET /own` and `POST /echo` are theirs. */
export interface MoreHost {
  readonly server: Server
  close(): unknown
}

export type StartMore = (cloud: DjiCloudExpress) => Promise<MoreHost>

async function listening(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
}

class Own {
  own(): object {
    return { host: 'own' }
  }
  echo(body: unknown): object {
    return { host: 'echo', body }
  }
}
const method = (name: 'own' | 'echo') => Object.getOwnPropertyDescriptor(Own.prototype, name) ?? {}
Controller()(Own)
Get('own')(Own.prototype, 'own', method('own'))
Post('echo')(Own.prototype, 'echo', method('echo'))
Reflect.defineMetadata('design:paramtypes', [Object], Own.prototype, 'echo')
Body()(Own.prototype, 'echo', 0)

interface Nest {
  readonly on: 'express' | 'fastify'
  /** Of `consumer.apply(cloud).forRoutes(...)`; null: `app.use(cloud)`. */
  readonly routes: string | null
  readonly prefix?: string
  /** A gateway of the host's, on `/events`. */
  readonly gateway?: boolean
}

export const nest =
  ({ on, routes, prefix, gateway = false }: Nest): StartMore =>
  async (cloud) => {
    class Events {}
    if (gateway) WebSocketGateway({ path: '/events' })(Events)
    class App {
      configure(consumer: MiddlewareConsumer): void {
        if (routes !== null) consumer.apply(cloud).forRoutes(routes)
      }
    }
    Module({ controllers: [Own], providers: gateway ? [Events] : [] })(App)
    const settings = { logger: false as const, abortOnError: false }
    const app: INestApplication =
      on === 'express'
        ? await NestFactory.create(App, settings)
        : await NestFactory.create(App, new FastifyAdapter(), settings)
    if (gateway) app.useWebSocketAdapter(new WsAdapter(app))
    if (prefix !== undefined) app.setGlobalPrefix(prefix)
    if (routes === null) app.use(cloud)
    await app.listen(0, '127.0.0.1')
    return { server: app.getHttpServer(), close: () => app.close() }
  }

/** @param at a prefix for the middleware; @param hook when middie runs it: after `preValidation` Fastify has read the body */
export const fastifyHost =
  ({ at, hook }: { readonly at?: string; readonly hook?: 'preHandler' } = {}): StartMore =>
  async (cloud) => {
    const app = fastify()
    await app.register(middie, hook === undefined ? {} : { hook })
    app.get('/own', async () => ({ host: 'own' }))
    app.post('/echo', async ({ body }) => ({ host: 'echo', body }))
    // Hooks run for routes only, so that what has none is given one where the hook comes late.
    if (hook !== undefined) app.all('/*', (_request, reply) => reply.callNotFound())
    if (at === undefined) app.use(cloud)
    else app.use(at, cloud)
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { server: app.server, close: () => app.close() }
  }

/** No framework at all. */
export const plainHost: StartMore = async (cloud) => {
  const server = createServer((request, response) => {
    cloud(request, response, () => {
      response.setHeader('content-type', 'application/json')
      if (request.url !== '/echo') {
        response.statusCode = request.url === '/own' ? 200 : 404
        return response.end(JSON.stringify({ host: 'own' }))
      }
      let text = ''
      request.on('data', (chunk) => {
        text += chunk
      })
      request.on('end', () => response.end(JSON.stringify({ host: 'echo', body: JSON.parse(text) })))
    })
  })
  await listening(server)
  return { server, close: () => server.close() }
}
