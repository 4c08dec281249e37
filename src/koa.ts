import type { Context, Middleware } from 'koa'
import type { ParsedBody } from './adapters/http/body.ts'
import type { Caller } from './adapters/http/caller.ts'
import { createKoaGuard, type RequireAuthOptions } from './adapters/http/koa-guard.ts'
import { createNodeHandler, type FrameworkView } from './adapters/http/node.ts'
import { besideHost, discardRest, outflow } from './adapters/http/send.ts'
import type { HttpResponse } from './core/http/types.ts'
import { BODILESS, isStreamed } from './core/http/wire.ts'
import type { DjiCloudOptions } from './core/options/types.ts'
import type { AnyPlugin } from './core/plugins/define.ts'
import type { Logger } from './core/ports/index.ts'
import { createPlatform, type DjiCloud } from './dji-cloud.ts'

declare module 'koa' {
  interface DefaultState {
    /** Set by `cloud.requireAuth()`. */
    dji?: Caller
  }
}

/** What `djiCloud()` returns: Koa middleware with the running platform on it, so `app.use(cloud)` and `cloud.on(...)`. */
export interface DjiCloudKoa<Plugins extends readonly AnyPlugin[] = readonly AnyPlugin[]>
  extends Middleware,
    DjiCloud<Plugins> {
  /**
   * Guard for the host's own routes: answers 401 or 403, or sets `ctx.state.dji`. `router.get('/log', cloud.requireAuth({ role: 'pilot' }), ...)`.
   */
  requireAuth(options?: RequireAuthOptions): Middleware
}

/**
 * Koa 2 and 3: `app.use(djiCloud())`; below a path with koa-mount, `app.use(mount('/drones', djiCloud()))`.
 * @throws DjiCloudError OPTIONS
 */
export function djiCloud<const Plugins extends readonly AnyPlugin[] = []>(
  options?: DjiCloudOptions<Plugins, Context>,
): DjiCloudKoa<Plugins> {
  const { cloud, internals } = createPlatform(options)
  const node = createNodeHandler(
    { ...internals, attach: cloud.attach },
    'app.proxy = true and app.maxIpsCount to the number of proxies',
  )

  const middleware: Middleware = async (ctx, next) => {
    node.adopt(ctx.req, () => mountOf(ctx))
    if (!node.claims(ctx.path)) return next()
    const answer = await node.handle(ctx.req, ctx.res, viewOf(ctx))
    if (answer === null) return next()
    send(ctx, answer, internals.logger)
  }
  const requireAuth = createKoaGuard(internals, cloud, (ctx, answer) => send(ctx, answer, internals.logger))
  return Object.defineProperties(
    middleware,
    Object.getOwnPropertyDescriptors({ ...cloud, requireAuth }),
  ) as DjiCloudKoa<Plugins>
}

function send(ctx: Context, answer: HttpResponse, logger: Logger): void {
  const { status, body } = answer
  discardRest(ctx.req, ctx.res, isStreamed(answer))
  ctx.status = status
  ctx.set({ ...besideHost(answer, (name) => ctx.response.headers[name]) })
  if (isStreamed(answer)) ctx.body = outflow(ctx.req, ctx.res, answer, logger)
  else if (body === null) sendNothing(ctx, answer)
  // Koa sends a Buffer as it is, but would write any other byte array as JSON.
  else
    ctx.body = body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : body
}

/** For null, Koa would send a 204, and for HEAD a `content-length` of 0. So the values of the answer are set again. */
function sendNothing(ctx: Context, { status, headers }: HttpResponse): void {
  ctx.body = BODILESS.has(status) ? null : ''
  const { 'content-length': length, 'content-type': type } = headers
  if (type === undefined) ctx.remove('content-type')
  if (length !== undefined) ctx.set('content-length', length)
}

function viewOf(ctx: Context): FrameworkView {
  return {
    url: ctx.url,
    rawUrl: ctx.originalUrl,
    mount: mountOf(ctx),
    secure: () => ctx.secure,
    host: () => ctx.host,
    address: ctx.ip,
    native: ctx,
    trusted: () => ctx.app.proxy,
    parsedBody: () => leftOf(ctx),
  }
}

/**
 * Koa's parsers write to `ctx.request`. A program that runs Koa, such as a platform for cloud functions, writes to
 * Node's own request.
 */
function leftOf(ctx: Context): ParsedBody {
  const [own, below]: Partial<ParsedBody>[] = [ctx.request as object, ctx.req]
  return { body: own?.body ?? below?.body, rawBody: own?.rawBody ?? below?.rawBody }
}

/** koa-mount removes its prefix from `ctx.path`. The mount is what the original address has in front of that path. */
function mountOf(ctx: Context): string {
  // A proxy may send the whole address in the request line (RFC 9112, section 3.2.2).
  const original = ctx.originalUrl.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '').split('?')[0] ?? ''
  return original.endsWith(ctx.path)
    ? original.slice(0, original.length - ctx.path.length).replace(/\/+$/, '')
    : ''
}

export type { DjiCloud, DjiCloudOptions } from './index.ts'
export type { RequireAuthOptions }
