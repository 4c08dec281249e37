import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express5 from 'express'
import express4 from 'express4'
import Koa3 from 'koa'
import bodyParser from 'koa-bodyparser'
import mountAt from 'koa-mount'
import Koa2 from 'koa2'
import type { DjiCloudOptions } from '../../src/core/options/types.ts'
import { djiCloud as forExpress } from '../../src/express.ts'
import type { DjiCloud } from '../../src/index.ts'
import { djiCloud as forKoa } from '../../src/koa.ts'

export type Framework = 'express 5' | 'express 4' | 'koa 3' | 'koa 2'
/** Where the host's own body parser stands. */
export type Parser = 'none' | 'before' | 'after'

export interface Variant {
  readonly framework: Framework
  /** '' or '/drones' */
  readonly mount: string
  readonly parser: Parser
}

export interface Host {
  readonly cloud: DjiCloud
  readonly server: Server
  readonly url: string
  close(): Promise<void>
}

export const VARIANTS: readonly Variant[] = (['express 5', 'express 4', 'koa 3', 'koa 2'] as const).flatMap(
  (framework) =>
    ['', '/drones'].flatMap((mount) =>
      (['none', 'before', 'after'] as const).map((parser) => ({ framework, mount, parser })),
    ),
)

/**
 * An app of the kind that a team has: a route of its own, perhaps a body parser, an error handler that answers
 * `{host_error}` and a last resort that answers `{host_404}`. `POST /echo` comes after the platform.
 */
export async function startHost(variant: Variant, options: DjiCloudOptions): Promise<Host> {
  const { cloud, listener } = variant.framework.startsWith('express')
    ? expressHost(variant, options)
    : koaHost(variant, options)
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    cloud,
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      await cloud.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

interface Built {
  readonly cloud: DjiCloud
  readonly listener: RequestListener
}

function expressHost({ framework, mount, parser }: Variant, options: DjiCloudOptions): Built {
  // Express 4 has the same surface here; only its types are older.
  const express = (framework === 'express 4' ? express4 : express5) as typeof express5
  const app = express()
  const cloud = forExpress(options)
  if (parser === 'before') app.use(express.json())
  app.use(mount === '' ? '/' : mount, cloud)
  if (parser === 'after') app.use(express.json())
  app.get('/own', (_request, response) => void response.json({ host: 'own' }))
  app.get('/guarded', cloud.requireAuth(), (request, response) => void response.json(request.dji))
  app.get(
    '/web-only',
    cloud.requireAuth({ role: 'web' }),
    (request, response) => void response.json(request.dji),
  )
  app.get(
    '/of/:workspace',
    cloud.requireAuth({ workspace: (request) => String(request.params.workspace) }),
    (_request, response) => void response.json({}),
  )
  app.get('/mine/:serial', cloud.requireAuth(), (request, response) => {
    response.json({ device: request.dji?.devices.get(String(request.params.serial)) ?? null })
  })
  app.post('/echo', (request, response) => void response.json({ host: 'echo', body: request.body ?? null }))
  app.use((_request, response) => void response.status(404).json({ host_404: true }))
  const onError: express5.ErrorRequestHandler = (error, _request, response, _next) => {
    response.status(typeof error.status === 'number' ? error.status : 500).json({ host_error: true })
  }
  app.use(onError)
  return { cloud, listener: app }
}

function koaHost({ framework, mount, parser }: Variant, options: DjiCloudOptions): Built {
  const app = new ((framework === 'koa 2' ? Koa2 : Koa3) as typeof Koa3)()
  const cloud = forKoa(options)
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const { status } = error as { status?: unknown }
      ctx.status = typeof status === 'number' ? status : 500
      ctx.body = { host_error: true }
    }
  })
  if (parser === 'before') app.use(bodyParser())
  app.use(mount === '' ? cloud : mountAt(mount, cloud))
  if (parser === 'after') app.use(bodyParser())
  app.use(async (ctx) => {
    const guards: Readonly<Record<string, Koa3.Middleware>> = {
      '/guarded': cloud.requireAuth(),
      '/web-only': cloud.requireAuth({ role: 'web' }),
      '/of': cloud.requireAuth({ workspace: ({ path }) => path.slice('/of/'.length) }),
    }
    const answer = async (): Promise<void> => {
      ctx.body = ctx.state.dji
    }
    const guard = ctx.path.startsWith('/of/') ? guards['/of'] : guards[ctx.path]
    if (guard !== undefined) await guard(ctx as never, answer)
    else if (ctx.path.startsWith('/mine/'))
      await cloud.requireAuth()(ctx as never, async () => {
        ctx.body = { device: ctx.state.dji?.devices.get(ctx.path.slice('/mine/'.length)) ?? null }
      })
    else if (ctx.path === '/own') ctx.body = { host: 'own' }
    else if (ctx.path === '/echo') ctx.body = { host: 'echo', body: ctx.request.body ?? null }
    else {
      ctx.status = 404
      ctx.body = { host_404: true }
    }
  })
  app.silent = true
  return { cloud, listener: app.callback() }
}
