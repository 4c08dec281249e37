import type { Request, RequestHandler } from 'express'
import { createDjiCloud, type DjiCloud, type DjiCloudOptions } from '../../index.ts'
import { createNodeHandler, type FrameworkView } from './node.ts'

export type DjiCloudExpress = RequestHandler & DjiCloud

/**
 * Express 4 and 5: `app.use(djiCloud())`, or below a path, `app.use('/drones', djiCloud())`.
 * @throws DjiCloudError OPTIONS
 */
export function djiCloud(options?: DjiCloudOptions): DjiCloudExpress {
  const cloud = createDjiCloud(options)
  const node = createNodeHandler(cloud)

  const middleware: RequestHandler = (request, response, next) => {
    node.adopt(request)
    if (!node.claims(request.url)) return next()
    node
      .handle(request, viewOf(request))
      .then((answer) => {
        if (answer === null) return next()
        if (response.headersSent) return
        const { status, headers, body } = answer
        if (body === null) return response.writeHead(status, headers).end()
        response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
      })
      .catch(next)
  }
  return Object.defineProperties(middleware, Object.getOwnPropertyDescriptors(cloud)) as DjiCloudExpress
}

function viewOf(request: Request): FrameworkView {
  return {
    url: request.url,
    mount: request.baseUrl.replace(/\/+$/, ''),
    secure: request.secure,
    host: hostOf(request),
    address: request.ip ?? request.socket.remoteAddress ?? '',
    parsedBody: () => request.body,
  }
}

/** Express 4 has no `req.host` with a port, so the forwarded host is taken here, under the host's own trust setting. */
function hostOf(request: Request): string {
  const own = request.headers.host ?? ''
  const trust = request.app.get('trust proxy fn') as
    | ((address: string | undefined, hop: number) => boolean)
    | undefined
  if (!trust?.(request.socket.remoteAddress, 0)) return own
  return request.get('x-forwarded-host')?.split(',')[0]?.trim() || own
}

export type { DjiCloud, DjiCloudOptions } from '../../index.ts'
