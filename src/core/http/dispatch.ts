import { DjiCloudError } from '../errors.ts'
import type { Logger, Session } from '../ports/index.ts'
import { jsonOf, validate } from './body.ts'
import type { Cors } from './cors.ts'
import { createFailures } from './failures.ts'
import { openMultipart } from './multipart.ts'
import { afterFirstByte } from './outgoing.ts'
import { createPathFilter, createRouter, normalizePath } from './router.ts'
import type { BeforeBody, Route } from './routes.ts'
import type { RowLimits } from './row-rate-limit.ts'
import type { AuthedContext, Context, HttpPlatform, HttpRequest, HttpResponse, Work } from './types.ts'
import { failure, isStreamed, tokenOf } from './wire.ts'

export interface DispatcherParts {
  readonly routes: readonly Route[]
  readonly requireSession: (token: string | undefined) => Promise<Session>
  /** Throws unless a script of our own pages has sent this request. */
  readonly requireOwnPage: (request: HttpRequest) => void
  readonly errorPage: (error: DjiCloudError, request: HttpRequest) => Promise<HttpResponse>
  /** In bytes. For rows that have no limit of their own. */
  readonly bodyLimit: number
  /** Null: no other origin may read our answers. */
  readonly cors: Cors | null
  /**
   * Called for each of our answers. `route` is null if no row has this method. `status` is 500 if the host's error
   * handler answers.
   */
  readonly count?: (route: Pick<Route, 'method' | 'path'> | null, status: number) => void
  readonly logger: Logger
  readonly limits: RowLimits
}

export interface Dispatcher extends HttpPlatform {
  /** From now on, every request gets a 503. Stops the requests that are being answered, and waits for them. */
  close(): Promise<void>
}

type Params = Readonly<Record<string, string>>

export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const { cors, limits } = parts
  const match = createRouter(parts.routes)
  const failed = createFailures(parts)
  const inFlight = createInFlight()

  async function answer(route: Route, params: Params, request: HttpRequest): Promise<HttpResponse> {
    try {
      const given = await handled(route, params, request)
      return isStreamed(given) ? await afterFirstByte(given, request) : given
    } catch (error) {
      return failed(error, route, request)
    }
  }

  async function handled(route: Route, params: Params, request: HttpRequest): Promise<HttpResponse> {
    if (inFlight.closing()) throw new DjiCloudError('SHUTTING_DOWN', { headers: { 'retry-after': '5' } })
    const { rateLimit } = route
    // This check comes before the limit. So requests that another site causes in a user's browser do not use up the
    // user's attempts.
    if (route.guard === 'browser') parts.requireOwnPage(request)
    const token = tokenOf(request.headers)
    if (rateLimit !== undefined) await limits.count(route, rateLimit, request, null)
    // The token is checked before the body is read, so that the body of a client without a valid token is never parsed.
    const session = route.guard === 'token' ? await sessionFor(route, params, token) : null
    if (rateLimit !== undefined && session !== null) await limits.count(route, rateLimit, request, session)
    const before = (): BeforeBody => ({
      ...{ request, params, query: request.query },
      ...(session === null ? {} : { session }),
    })
    const admitted: unknown = route.admit === undefined ? undefined : await route.admit(before())
    const body = takesBody(route) ? await bodyOf(route, request, () => ({ ...before(), admitted })) : null
    const handle = route.handle as (given: Context | AuthedContext) => Promise<HttpResponse> | HttpResponse
    return handle(
      session === null
        ? { request, params, token, body, admitted }
        : { request, params, token: token ?? '', body, admitted, session },
    )
  }

  async function sessionFor({ roles }: Route, params: Params, token: string | undefined): Promise<Session> {
    const session = await parts.requireSession(token)
    if (roles !== undefined && !roles.includes(session.role)) throw new DjiCloudError('ROLE_REQUIRED')
    const workspace = params['workspace_id']
    if (workspace !== undefined && workspace !== session.workspaceId)
      throw new DjiCloudError('OTHER_WORKSPACE')
    return session
  }

  async function bodyOf(
    route: Route,
    request: HttpRequest,
    context: () => BeforeBody & { readonly admitted: unknown },
  ): Promise<unknown> {
    const { input, body, bodyLimit = parts.bodyLimit } = route
    const limit = typeof bodyLimit === 'number' ? bodyLimit : await bodyLimit(context())
    if (!(limit >= 0))
      throw new TypeError(
        `bodyLimit of ${route.method} ${route.path} returned no number of bytes. Let it return a number that is not negative.`,
      )
    if (body === 'stream') return request.openBody(limit, { unpack: route.unpack })
    if (body === 'multipart') return openMultipart(request.openBody(limit), route.multipart)
    return input === null ? null : validate(input, jsonOf(await request.readBody(limit)))
  }

  return {
    claims: createPathFilter(parts.routes.map(({ path }) => path)),
    begin: inFlight.begin,
    async handle(request) {
      const found = match(request.method, normalizePath(request.path))
      if (found === null) return null
      if (found.kind === 'wrong_method') {
        const refusal = cors?.preflight(request, found.allow) ?? wrongMethod(found.allow)
        parts.count?.(null, refusal.status)
        return refusal
      }
      const { route, params } = found
      let status = 500
      try {
        const given = await answer(route, params, request)
        status = given.status
        const shared = cors === null ? given : withHeaders(given, cors.headers(request))
        return route.transform === undefined ? shared : await route.transform(shared, request)
      } finally {
        parts.count?.(route, status)
      }
    },
    close: inFlight.close,
  }
}

const takesBody = ({ body, input }: Route): boolean => body !== undefined || input !== null

const wrongMethod = (allow: readonly string[]): HttpResponse =>
  failure(new DjiCloudError('METHOD_NOT_ALLOWED', { headers: { allow: allow.join(', ') }, data: { allow } }))

/** Adds headers. If both have `vary`, the lists are joined. */
function withHeaders(answer: HttpResponse, more: HttpResponse['headers']): HttpResponse {
  const vary = [answer.headers['vary'], more['vary']].filter((names) => names !== undefined).join(', ')
  return { ...answer, headers: { ...answer.headers, ...more, vary } }
}

export interface InFlight extends Pick<HttpPlatform, 'begin'> {
  closing(): boolean
  /** Tells every request to stop. Resolves when all have ended or were cut off. Never rejects. */
  close(): Promise<void>
}

/** An answer that is nearly complete can finish in this time, and a service that restarts does not wait long. */
export const CLOSE_LIMIT_MS = 5_000

/** The requests that are being answered, so that closing can stop them and wait for them. */
export function createInFlight(limitMs: number = CLOSE_LIMIT_MS): InFlight {
  const all = new Set<Work>()
  let closing = false
  let idle = (): void => undefined
  return {
    begin(work) {
      all.add(work)
      if (closing) work.stop()
      return () => {
        if (all.delete(work) && all.size === 0) idle()
      }
    },
    closing: () => closing,
    async close() {
      closing = true
      for (const work of [...all]) work.stop()
      if (all.size === 0) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs)
        idle = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      for (const work of [...all]) work.cut()
    },
  }
}
