import type { Context, Middleware } from 'koa'
import type { Guard } from '../../core/access/guard.ts'
import type { Devices } from '../../core/devices/service.ts'
import { type DjiCloudError, isDjiCloudError } from '../../core/errors.ts'
import type { HttpResponse } from '../../core/http/types.ts'
import { failure, tokenOf } from '../../core/http/wire.ts'
import type { Role } from '../../core/ports/index.ts'
import { callerOf } from './caller.ts'

/** What a guarded route requires, besides a valid token. */
export interface RequireAuthOptions {
  /** Only accounts with this role are allowed; others get 403 ROLE_REQUIRED. @default any */
  readonly role?: Role | undefined
  /**
   * The workspace of the request. If it is not the caller's own, the answer is 403 OTHER_WORKSPACE. Such as `(ctx) =>
   * ctx.params.workspaceId`.
   */
  readonly workspace?: ((ctx: Context) => unknown) | undefined
  /**
   * Finds the access token of a request. A value that is not text counts as no token. Example: `(ctx) =>
   * ctx.query.token` for an EventSource, which sends no headers. @default the header `x-auth-token`, or `Authorization:
   * Bearer`
   */
  readonly token?: ((ctx: Context) => unknown) | undefined
  /**
   * Answers a refused request in a format of its own: 401 for the token, 403 for role or workspace, 503 when a store is
   * down. `ctx.status` is this status already. What it throws goes to the error handling of the app. It never lets the
   * request pass. @default the envelope as JSON
   */
  readonly onError?: ((error: DjiCloudError, ctx: Context) => unknown) | undefined
}

export const createKoaGuard =
  (
    { guard }: { readonly guard: Guard },
    cloud: { readonly devices: Devices },
    send: (ctx: Context, answer: HttpResponse) => void,
  ) =>
  ({ role, workspace, token = fromHeaders, onError }: RequireAuthOptions = {}): Middleware =>
  async (ctx, next) => {
    try {
      const given = token(ctx)
      const demand = { role, workspace: workspace && { id: workspace(ctx) } }
      ctx.state.dji = callerOf(
        await guard(typeof given === 'string' ? given : undefined, demand),
        cloud.devices,
      )
    } catch (error) {
      if (!isDjiCloudError(error)) throw error
      if (onError === undefined) return send(ctx, failure(error))
      ctx.status = error.status
      await onError(error, ctx)
      return
    }
    return next()
  }

const fromHeaders = ({ headers }: Context): string | undefined => tokenOf(headers)
