import type { Context, Middleware } from 'koa'
import { createDjiCloud, type DjiCloud, type DjiCloudOptions } from '../../index.ts'
import { createNodeHandler, type FrameworkView } from './node.ts'

export type DjiCloudKoa = Middleware & DjiCloud

/**
 * Koa 2 and 3: `app.use(djiCloud())`; below a path with koa-mount, `app.use(mount('/drones', djiCloud()))`.
 * @throws DjiCloudError OPTIONS
 */
export function djiCloud(options?: DjiCloudOptions): DjiCloudKoa {
  const cloud = createDjiCloud(options)
  const node = createNodeHandler(cloud)

  const middleware: Middleware = async (ctx, next) => {
    node.adopt(ctx.req)
    if (!node.claims(ctx.path)) return next()
    const answer = await node.handle(ctx.req, viewOf(ctx))
    if (answer === null) return next()
    ctx.status = answer.status
    ctx.set({ ...answer.headers })
    ctx.body = answer.body ?? null
  }
  return Object.defineProperties(middleware, Object.getOwnPropertyDescriptors(cloud)) as DjiCloudKoa
}

function viewOf(ctx: Context): FrameworkView {
  return {
    url: ctx.url,
    mount: mountOf(ctx),
    secure: ctx.secure,
    host: ctx.host,
    address: ctx.ip,
    parsedBody: () => (ctx.request as { body?: unknown }).body,
  }
}

/** koa-mount takes its prefix off `ctx.path`; what is missing from the original address is the mount. */
function mountOf(ctx: Context): string {
  const original = ctx.originalUrl.split('?')[0] ?? ''
  return original.endsWith(ctx.path)
    ? original.slice(0, original.length - ctx.path.length).replace(/\/+$/, '')
    : ''
}

export type { DjiCloud, DjiCloudOptions } from '../../index.ts'
