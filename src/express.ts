import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Request, RequestHandler } from 'express'
import type { Caller } from './adapters/http/caller.ts'
import {
  createExpressGuard,
  type ExpressGuard,
  type RequireAuthOptions,
} from './adapters/http/express-guard.ts'
import { placeOf, viewOf } from './adapters/http/express-request.ts'
import { createNodeHandler } from './adapters/http/node.ts'
import { send } from './adapters/http/send.ts'
import type { DjiCloudOptions } from './core/options/types.ts'
import type { AnyPlugin } from './core/plugins/define.ts'
import { createPlatform, type DjiCloud } from './dji-cloud.ts'

declare global {
  namespace Express {
    interface Request {
      /** Set by `cloud.requireAuth()`. */
      dji?: Caller
    }
  }
}

/** What `djiCloud()` returns: Express middleware with the running platform on it, so `app.use(cloud)` and `cloud.on(...)`. */
export interface DjiCloudExpress<Plugins extends readonly AnyPlugin[] = readonly AnyPlugin[]>
  extends RequestHandler,
    DjiCloud<Plugins> {
  /** The form in which `connect`, `@fastify/middie` and a server without a framework call it. */
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void
  /**
   * Guard for the host's own routes: answers 401 or 403, or sets `req.dji`. `app.get('/log', cloud.requireAuth({ role: 'pilot' }), ...)`.
   */
  requireAuth(options?: RequireAuthOptions): ExpressGuard
}

/**
 * Express 4 and 5: `app.use(djiCloud())`, or below a path, `app.use('/drones', djiCloud())`. Also works in Nest, in
 * Fastify with `@fastify/middie`, in connect, and in `createServer((request, response) => cloud(request, response,
 * next))`.
 * @throws DjiCloudError OPTIONS
 */
export function djiCloud<const Plugins extends readonly AnyPlugin[] = []>(
  options?: DjiCloudOptions<Plugins, Request>,
): DjiCloudExpress<Plugins> {
  const { cloud, internals } = createPlatform(options)
  const node = createNodeHandler(
    { ...internals, attach: cloud.attach },
    "app.set('trust proxy', 1) in Express, { trustProxy: '10.0.0.5' } with the proxy's address in Fastify",
  )

  const middleware: RequestHandler = (request, response, next) => {
    const place = placeOf(request)
    node.adopt(request, () => place.mount)
    if (!node.claims(place.url)) return next()
    node
      .handle(request, response, viewOf(request, place))
      .then((answer) => (answer === null ? next() : send(request, response, answer, internals.logger)))
      // Also handles an answer that cannot be sent: an unhandled rejection would end the host's process.
      .catch(next)
  }
  const requireAuth = createExpressGuard(internals, cloud)
  return Object.defineProperties(
    middleware,
    Object.getOwnPropertyDescriptors({ ...cloud, requireAuth }),
  ) as DjiCloudExpress<Plugins>
}

export type { DjiCloud, DjiCloudOptions } from './index.ts'
export type { ExpressGuard, RequireAuthOptions }
