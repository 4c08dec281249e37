import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Request, RequestHandler, Response } from 'express'
import type { Guard } from '../../core/access/guard.ts'
import type { Devices } from '../../core/devices/service.ts'
import { type DjiCloudError, isDjiCloudError } from '../../core/errors.ts'
import { failure, tokenOf } from '../../core/http/wire.ts'
import type { Logger, Role } from '../../core/ports/index.ts'
import { callerOf } from './caller.ts'
import { send } from './send.ts'

/** What a guarded route requires, besides a valid token. */
export interface RequireAuthOptions {
  /** Only accounts with this role are allowed; others get 403 ROLE_REQUIRED. @default any */
  readonly role?: Role | undefined
  /**
   * The workspace of the request. If it is not the caller's own, the answer is 403 OTHER_WORKSPACE. Such as `(request)
   * => request.params.workspaceId`.
   */
  readonly workspace?: ((request: Request) => unknown) | undefined
  /**
   * Finds the access token of a request. A value that is not text counts as no token. Example: `(request) =>
   * request.query.token` for an EventSource, which sends no headers. @default the header `x-auth-token`, or
   * `Authorization: Bearer`
   */
  readonly token?: ((request: Request) => unknown) | undefined
  /**
   * Answers a refused request in a format of its own: 401 for the token, 403 for role or workspace, 503 when a store is
   * down. `response` has this status already. If it throws or rejects, the error handler of the app is called. It never
   * lets the request pass. @default the envelope as JSON
   */
  readonly onError?: ((error: DjiCloudError, request: Request, response: Response) => unknown) | undefined
}

/** A guard for routes: of Express, Nest, connect and Fastify, and of a server without a framework. */
export interface ExpressGuard extends RequestHandler {
  /** The form in which connect and a server without a framework call it. It sets `dji` on the request. */
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void
}

export const createExpressGuard =
  (internals: { readonly guard: Guard; readonly logger: Logger }, cloud: { readonly devices: Devices }) =>
  ({ role, workspace, token = fromHeaders, onError }: RequireAuthOptions = {}): ExpressGuard => {
    async function admit(request: Request): Promise<void> {
      const given = token(request)
      const demand = { role, workspace: workspace && { id: workspace(request) } }
      request.dji = callerOf(
        await internals.guard(typeof given === 'string' ? given : undefined, demand),
        cloud.devices,
      )
    }

    async function refuse(error: unknown, request: Request, response: Response): Promise<void> {
      if (!isDjiCloudError(error)) throw error
      if (onError === undefined) return send(request, response, failure(error), internals.logger)
      response.statusCode = error.status
      await onError(error, request, response)
    }

    const guard: RequestHandler = (request, response, next) => {
      admit(request).then(
        () => next(),
        (error: unknown) => refuse(error, request, response).catch(next),
      )
    }
    return guard as ExpressGuard
  }

const fromHeaders = ({ headers }: Request): string | undefined => tokenOf(headers)
