import type { Request, RequestHandler, Response } from 'express'
import type { Identity } from '../../core/access/guard.ts'
import { isDjiCloudError } from '../../core/errors.ts'
import { failure } from '../../core/http/envelope.ts'
import { tokenOf } from '../../core/http/token-header.ts'
import type { HttpAnswer } from '../../core/http/types.ts'
import type { DjiCloudOptions } from '../../core/options/types.ts'
import type { Role } from '../../core/ports/index.ts'
import { createDjiCloud, type DjiCloud } from '../../dji-cloud.ts'
import { createNodeHandler, type FrameworkView } from './node.ts'

declare global {
  namespace Express {
    interface Request {
      /** Set by `cloud.requireAuth()`. */
      dji?: Identity
    }
  }
}

/** What a guarded route asks for, besides a valid token. */
export interface RequireAuthOptions {
  /** Only accounts of this role; others get 403 ROLE_REQUIRED. @default any */
  readonly role?: Role
  /** The workspace that a request is about; another than the caller's gets 403 OTHER_WORKSPACE. Such as `(request) => request.params.workspaceId`. */
  readonly workspace?: (request: Request) => unknown
}

/** What `djiCloud()` returns: Express middleware with the running platform on it, so `app.use(cloud)` and `cloud.on(...)`. */
export interface DjiCloudExpress extends RequestHandler, DjiCloud {
  /**
   * Guard for the host's own routes: answers 401 or 403 in the envelope, or sets `req.dji`. `app.get('/log', cloud.requireAuth({ role: 'pilot' }), ...)`.
   */
  requireAuth(options?: RequireAuthOptions): RequestHandler
}

/**
 * Express 4 and 5: `app.use(djiCloud())`, or below a path, `app.use('/drones', djiCloud())`.
 * @throws DjiCloudError OPTIONS
 */
export function djiCloud(options?: DjiCloudOptions): DjiCloudExpress {
  const cloud = createDjiCloud(options)
  const node = createNodeHandler(cloud, "app.set('trust proxy', 1)")

  const middleware: RequestHandler = (request, response, next) => {
    node.adopt(request, () => mountOf(request))
    if (!node.claims(request.url)) return next()
    node
      .handle(request, viewOf(request))
      .then((answer) => (answer === null ? next() : send(response, answer)), next)
  }
  const requireAuth: DjiCloudExpress['requireAuth'] =
    ({ role, workspace } = {}) =>
    (request, response, next) => {
      cloud
        .guard(tokenOf(request.headers), { role, workspace: workspace && { id: workspace(request) } })
        .then(
          (identity) => {
            request.dji = identity
            next()
          },
          (error: unknown) => (isDjiCloudError(error) ? send(response, failure(error)) : next(error)),
        )
    }
  return Object.defineProperties(
    middleware,
    Object.getOwnPropertyDescriptors({ ...cloud, requireAuth }),
  ) as DjiCloudExpress
}

function send(response: Response, { status, headers, body }: HttpAnswer): void {
  if (response.headersSent) return
  if (body === null) response.writeHead(status, headers).end()
  else response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}

function viewOf(request: Request): FrameworkView {
  return {
    url: request.url,
    mount: mountOf(request),
    secure: request.secure,
    host: hostOf(request),
    address: request.ip ?? request.socket.remoteAddress ?? '',
    trusted: () => trustOf(request),
    parsedBody: () => request.body,
  }
}

const mountOf = (request: Request): string => request.baseUrl.replace(/\/+$/, '')

/** Express 4 has no `req.host` with a port, so the forwarded host is taken here, under the host's own trust setting. */
function hostOf(request: Request): string {
  const own = request.headers.host ?? ''
  return trustOf(request) ? request.get('x-forwarded-host')?.split(',')[0]?.trim() || own : own
}

/** Whether the app believes what its peer says of the client. */
function trustOf(request: Request): boolean {
  type Trust = (address: string | undefined, hop: number) => boolean
  const trust = request.app.get('trust proxy fn') as Trust | undefined
  return trust?.(request.socket.remoteAddress, 0) === true
}

export type { DjiCloud, DjiCloudOptions } from '../../index.ts'
