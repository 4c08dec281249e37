import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { Logger, Session } from '../ports/index.ts'
import { jsonOf, validate } from './body.ts'
import type { Cors } from './cors.ts'
import { declined, failure, STATUS_HEADER } from './envelope.ts'
import { afterFirstByte, isStreamed } from './outgoing.ts'
import { createRouter, normalizePath } from './router.ts'
import type { Route } from './routes.ts'
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
    const base: Context = { request, params, token, body: null }
    const handle = route.handle as (context: Context) => Promise<HttpResponse> | HttpResponse
    if (route.guard === 'public') {
      await route.admit?.(request)
      return handle({ ...base, body: await bodyOf(route, request) })
    }

    // The token comes before the body: a stranger gets nothing parsed.
    const session = await parts.requireSession(token)
    if (route.roles !== undefined && !route.roles.includes(session.role))
      throw new DjiCloudError('ROLE_REQUIRED')
    const workspace = params['workspace_id']
    if (workspace !== undefined && workspace !== session.workspaceId)
      throw new DjiCloudError('OTHER_WORKSPACE')
    await route.admit?.(request)
    const authed: AuthedContext = { ...base, session, token: token ?? '', body: await bodyOf(route, request) }
    return handle(authed)
  }

  async function bodyOf(route: Route, request: HttpRequest): Promise<unknown> {
    const limit = route.bodyLimit ?? parts.bodyLimit
    if (route.body === 'stream') return request.openBody(limit, { unpack: route.unpack })
    return route.input === null ? null : validate(route.input, jsonOf(await request.readBody(limit)))
  }

  /** Expected errors are answered here; anything else is the host's error handler's. */
  async function answerOrFail(route: Route, params: Readonly<Record<string, string>>, request: HttpRequest) {
    try {
      const given = await answer(route, params, request)
      return isStreamed(given) ? await afterFirstByte(given, request) : given
    } catch (error) {
      if (!isDjiCloudError(error) || error.code === 'VIEW') throw error
      if (error.status >= 500) {
        const fields = { err: error.cause ?? error, error: error.code, path: route.path }
        parts.logger.error(fields, error.message)
      }
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

  return {
    claims: createClaims(parts.routes.map(({ path }) => path)),
    async handle(request) {
      const found = match(request.method, normalizePath(request.path))
      if (found === null) return null
      if (found.kind === 'wrong_method') {
        const refusal = cors.preflight(request, found.allow) ?? wrongMethod(found.allow)
        parts.count?.(null, refusal.status)
        return refusal
      }
      const { status, headers, body } = await counted(found.route, found.params, request)
      return { status, headers: withVary(headers, cors.headers(request)), body }
    },
  }
}

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
function createClaims(paths: readonly string[]): (path: string) => boolean {
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
