import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { Logger, Session } from '../ports/index.ts'
import { jsonOf, validate } from './body.ts'
import { failure } from './envelope.ts'
import { createRouter, normalisePath } from './router.ts'
import type { Route } from './routes.ts'
import { tokenOf } from './token-header.ts'
import type { AuthedContext, Context, HttpAnswer, HttpPlatform, HttpRequest } from './types.ts'

export interface DispatcherParts {
  readonly routes: readonly Route[]
  readonly requireSession: (token: string | undefined) => Promise<Session>
  readonly errorPage: (error: DjiCloudError, request: HttpRequest) => Promise<HttpAnswer>
  readonly bodyLimit: number
  readonly logger: Logger
  /** True once the platform is closing: everything of ours is then a 503. */
  readonly closing: () => boolean
}

export function createDispatcher(parts: DispatcherParts): HttpPlatform {
  const match = createRouter(parts.routes)
  const roots = new Set(parts.routes.map(({ path }) => firstSegment(path)))

  async function answer(
    route: Route,
    params: Readonly<Record<string, string>>,
    request: HttpRequest,
  ): Promise<HttpAnswer> {
    if (parts.closing()) throw new DjiCloudError('SHUTTING_DOWN', { headers: { 'retry-after': '5' } })
    const token = tokenOf(request.headers)
    const base: Context = { request, params, token, body: null }
    const handle = route.handle as (context: Context) => Promise<HttpAnswer> | HttpAnswer
    if (route.guard === 'public') return handle({ ...base, body: await bodyOf(route, request) })

    // The token comes before the body: a stranger gets nothing parsed.
    const session = await parts.requireSession(token)
    if (route.roles !== undefined && !route.roles.includes(session.role))
      throw new DjiCloudError('ROLE_REQUIRED')
    const workspace = params['workspace_id']
    if (workspace !== undefined && workspace !== session.workspaceId)
      throw new DjiCloudError('OTHER_WORKSPACE')
    const authed: AuthedContext = { ...base, session, token: token ?? '', body: await bodyOf(route, request) }
    return handle(authed)
  }

  async function bodyOf(route: Route, request: HttpRequest): Promise<unknown> {
    return route.input === null
      ? null
      : validate(route.input, jsonOf(await request.readBody(parts.bodyLimit)))
  }

  return {
    claims: (path) => roots.has(firstSegment(path)),
    async handle(request) {
      const found = match(request.method, normalisePath(request.path))
      if (found === null) return null
      if (found.kind === 'wrong_method') {
        return failure(
          new DjiCloudError('METHOD_NOT_ALLOWED', {
            headers: { allow: found.allow.join(', ') },
            data: { allow: found.allow },
          }),
        )
      }
      try {
        return await answer(found.route, found.params, request)
      } catch (error) {
        if (!isDjiCloudError(error) || error.error === 'VIEW') throw error
        if (error.status >= 500)
          parts.logger.error(
            { err: error.cause ?? error, error: error.error, path: found.route.path },
            error.message,
          )
        return found.route.answers === 'page' ? parts.errorPage(error, request) : failure(error)
      }
    },
  }
}

const SLASH = 47
const QUESTION_MARK = 63

/** `pilot` of `/pilot/login`, also of `//pilot?x`: the cheapest thing that tells most of a host's paths from ours. */
function firstSegment(path: string): string {
  let start = 0
  while (path.charCodeAt(start) === SLASH) start += 1
  let end = start
  while (end < path.length && path.charCodeAt(end) !== SLASH && path.charCodeAt(end) !== QUESTION_MARK)
    end += 1
  return path.slice(start, end)
}
