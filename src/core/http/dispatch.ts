import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { Logger, Session } from '../ports/index.ts'
import { jsonOf, validate } from './body.ts'
import type { Cors } from './cors.ts'
import { declined, failure, STATUS_HEADER } from './envelope.ts'
import { openMultipart } from './multipart.ts'
import { afterFirstByte, isStreamed } from './outgoing.ts'
import { createRouter, normalizePath } from './router.ts'
import type { BeforeBody, Route } from './routes.ts'
import type { RowLimits } from './row-rate-limit.ts'
import { tokenOf } from './token-header.ts'
import type { AuthedContext, Context, HttpPlatform, HttpRequest, HttpResponse } from './types.ts'

export interface DispatcherParts {
  readonly routes: readonly Route[]
  readonly requireSession: (token: string | undefined) => Promise<Session>
  readonly errorPage: (error: DjiCloudError, request: HttpRequest) => Promise<HttpResponse>
  readonly bodyLimit: number
  readonly cors: Cors
  /** A request was answered, or failed in a way that the host answers (500). Null: a method that no row has. */
  readonly count?: (route: Pick<Route, 'method' | 'path'> | null, status: number) => void
  readonly logger: Logger
  /** True once the platform is closing: everything of ours is then a 503. */
  readonly closing: () => boolean
  readonly begin: HttpPlatform['begin']
  readonly limits: RowLimits
}

export function createDispatcher(parts: DispatcherParts): HttpPlatform {
  const match = createRouter(parts.routes)
  const { cors } = parts

  async function answer(
    route: Route,
    params: Readonly<Record<string, string>>,
    request: HttpRequest,
  ): Promise<HttpResponse> {
    if (parts.closing()) throw new DjiCloudError('SHUTTING_DOWN', { headers: { 'retry-after': '5' } })
    const token = tokenOf(request.headers)
    await parts.limits.count(route, request, null)
    // The token comes before the body: a stranger gets nothing parsed.
    const session = route.guard === 'token' ? await sessionFor(route, params, token) : null
    if (session !== null) await parts.limits.count(route, request, session)
    const before: BeforeBody = {
      ...{ request, params, query: request.query },
      ...(session === null ? {} : { session }),
    }
    const admitted: unknown = await route.admit?.(before)
    const body = await bodyOf(route, { ...before, admitted })
    const context: Context = { request, params, token, body, admitted }
    const handle = route.handle as (given: Context | AuthedContext) => Promise<HttpResponse> | HttpResponse
    return handle(session === null ? context : { ...context, session, token: token ?? '' })
  }

  async function sessionFor(
    { roles }: Route,
    params: Readonly<Record<string, string>>,
    token: string | undefined,
  ): Promise<Session> {
    const session = await parts.requireSession(token)
    if (roles !== undefined && !roles.includes(session.role)) throw new DjiCloudError('ROLE_REQUIRED')
    const workspace = params['workspace_id']
    if (workspace !== undefined && workspace !== session.workspaceId)
      throw new DjiCloudError('OTHER_WORKSPACE')
    return session
  }

  async function bodyOf(
    route: Route,
    context: BeforeBody & { readonly admitted: unknown },
  ): Promise<unknown> {
    const { request } = context
    const { input, body, bodyLimit = parts.bodyLimit } = route
    if (body === undefined && input === null) return null
    const limit = typeof bodyLimit === 'number' ? bodyLimit : await bodyLimit(context)
    if (!(limit >= 0))
      throw new TypeError(`bodyLimit of ${route.method} ${route.path} gave no number of bytes.`)
    if (body === 'stream') return request.openBody(limit, { unpack: route.unpack })
    if (body === 'multipart') return openMultipart(request.openBody(limit), route.multipart)
    return input === null ? null : validate(input, jsonOf(await request.readBody(limit)))
  }

  /** Expected errors are answered here; anything else is the host's error handler's. */
  async function answerOrFail(route: Route, params: Readonly<Record<string, string>>, request: HttpRequest) {
    try {
      const given = await answer(route, params, request)
      return isStreamed(given) ? await afterFirstByte(given, request) : given
    } catch (error) {
      if (!isDjiCloudError(error) || error.code === 'VIEW') {
        const failed = unexpected(error, route, request)
        if (route.onError === undefined) throw failed
        return ownAnswer(route.onError, new DjiCloudError('INTERNAL', { cause: failed }), route, request)
      }
      if (error.status >= 500 && error.code !== 'SHUTTING_DOWN')
        parts.logger.error(
          { err: error.cause ?? error, error: error.code, ...where(route, request) },
          error.message,
        )
      if (route.onError !== undefined) return ownAnswer(route.onError, error, route, request)
      if (route.answers === 'page') return parts.errorPage(error, request)
      const code = route.declines?.[error.code]
      return code === undefined || wantsStatus(request) ? failure(error) : declined(error, code)
    }
  }

  async function counted(...asked: Parameters<typeof answerOrFail>): Promise<HttpResponse> {
    let status = 500
    try {
      const given = await answerOrFail(...asked)
      status = given.status
      return given
    } finally {
      parts.count?.(asked[0], status)
    }
  }

  /** What fails while it tells of an error is logged, and the error is told in the usual form. */
  async function ownAnswer(
    onError: NonNullable<Route['onError']>,
    error: DjiCloudError,
    route: Route,
    request: HttpRequest,
  ): Promise<HttpResponse> {
    try {
      const made = await onError(error, request)
      return isStreamed(made) ? await afterFirstByte(made, request) : made
    } catch (thrown) {
      unexpected(thrown, route, request)
      return failure(error)
    }
  }

  /** For the host's error handler, which knows neither the plugin nor, by a thing that is no Error, that there was one. */
  function unexpected(thrown: unknown, route: Route, request: HttpRequest): Error {
    const error = asError(thrown, `${route.method} ${route.path}`)
    if (route.plugin !== undefined)
      parts.logger.error({ err: error, ...where(route, request) }, 'A route of a plugin failed.')
    return error
  }

  return {
    begin: parts.begin,
    claims: createPathFilter(parts.routes.map(({ path }) => path)),
    async handle(request) {
      const found = match(request.method, normalizePath(request.path))
      if (found === null) return null
      if (found.kind === 'wrong_method') {
        const refusal = cors.preflight(request, found.allow) ?? wrongMethod(found.allow)
        parts.count?.(null, refusal.status)
        return refusal
      }
      const given = await counted(found.route, found.params, request)
      return { ...given, headers: withVary(given.headers, cors.headers(request)) }
    },
  }
}

/** What is thrown may be anything, also nothing. An object may hold secrets, so that only plain values are kept. */
function asError(thrown: unknown, row: string): Error {
  if (thrown instanceof Error) return thrown
  const isPlain = thrown === null || typeof thrown !== 'object'
  const what = thrown === null ? 'null' : typeof thrown
  return new Error(
    `The handler of ${row} threw a value that is no Error: ${what}.`,
    isPlain ? { cause: thrown } : {},
  )
}

/** For the log: the row and not the address, in which secrets may stand. */
const where = ({ method, path, plugin }: Route, { id }: HttpRequest) => ({
  ...(plugin === undefined ? {} : { plugin }),
  ...{ method, path, requestId: id },
})

/** A client that was not written for the demo, and wants every error with its HTTP status. */
const wantsStatus = ({ headers }: HttpRequest): boolean => headers[STATUS_HEADER] === 'http'

const wrongMethod = (allow: readonly string[]): HttpResponse =>
  failure(new DjiCloudError('METHOD_NOT_ALLOWED', { headers: { allow: allow.join(', ') }, data: { allow } }))

/** Both sides may vary by something. */
function withVary(headers: HttpResponse['headers'], more: HttpResponse['headers']): HttpResponse['headers'] {
  if (more['vary'] === undefined) return headers
  const vary = headers['vary'] === undefined ? more['vary'] : `${headers['vary']}, ${more['vary']}`
  return { ...headers, ...more, vary }
}

const SLASH = 47
const QUESTION_MARK = 63

/**
 * Tells most of a host's paths from ours by one letter, and the rest by the first segment: every request of the host
 * passes here. `/pilot/login`, `//pilot` and `/pilot?x` are all `pilot`.
 */
function createPathFilter(paths: readonly string[]): (path: string) => boolean {
  const roots = new Set(paths.map((path) => segmentFrom(path, 1)))
  const initials = new Set([...roots].map((root) => root.charCodeAt(0)))
  return (path) => {
    let start = 1
    while (path.charCodeAt(start) === SLASH) start += 1
    return initials.has(path.charCodeAt(start)) && roots.has(segmentFrom(path, start))
  }
}

function segmentFrom(path: string, start: number): string {
  let end = start
  while (end < path.length && path.charCodeAt(end) !== SLASH && path.charCodeAt(end) !== QUESTION_MARK)
    end += 1
  return path.slice(start, end)
}
