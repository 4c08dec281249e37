import type { Devices } from '../devices/service.ts'
import { success } from '../http/envelope.ts'
import type { Route } from '../http/routes.ts'
import type { AuthedContext, Context, HttpAnswer } from '../http/types.ts'
import { checkedAnswer } from './answers.ts'
import type { GuardedRouteContext, PluginRoute, RouteContext } from './rows.ts'

/** A row of a plugin as one of the route table: the same dispatcher does the same things for it. */
export function toRoute(row: PluginRoute, id: string, devicesIn: Devices['in']): Route {
  const { method, path, guard, answers = 'data', bodyLimit, admit } = row
  const isStream = 'body' in row && row.body === 'stream'
  const input = 'input' in row && !isStream ? (row.input ?? null) : null
  const handle = row.handle as (context: RouteContext<unknown>) => unknown
  return {
    method,
    path,
    guard,
    input,
    answers: answers === 'page' ? 'page' : 'json',
    ...(row.guard === 'token' && row.roles !== undefined ? { roles: row.roles } : {}),
    ...(isStream ? { body: 'stream' } : {}),
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    ...(admit === undefined ? {} : { admit }),
    async handle(context: Context | AuthedContext): Promise<HttpAnswer> {
      const { request, params, body } = context
      const given = {
        request,
        params,
        query: request.query,
        body: input === null && !isStream ? undefined : body,
      }
      const value = await handle('session' in context ? withSession(given, context, devicesIn) : given)
      return answers === 'data'
        ? success(value ?? null)
        : checkedAnswer(value, `The route ${method} ${path} of the plugin ${id}`)
    },
  }
}

const withSession = (
  given: RouteContext<unknown>,
  { session }: AuthedContext,
  devicesIn: Devices['in'],
): GuardedRouteContext<unknown> => ({ ...given, session, devices: devicesIn(session.workspaceId) })

const METHODS: readonly unknown[] = ['GET', 'POST', 'PUT', 'DELETE']
/** Segments of visible characters; `:name` for a parameter. */
const PATH = /^(?:\/(?::[a-z][a-z0-9_]*|[A-Za-z0-9._~-]+))+$/
const ANSWERS: readonly unknown[] = [undefined, 'data', 'http', 'page']

/** What is wrong with a row; null: nothing. A plugin may be written in JavaScript, so nothing is taken for granted. */
export function rowFault(row: PluginRoute): string | null {
  const { method, path, guard, handle, answers, bodyLimit } = row
  const name = `the route ${method} ${path}`
  if (!METHODS.includes(method)) return `has ${name}; its method needs to be GET, POST, PUT or DELETE`
  if (typeof path !== 'string' || !PATH.test(path))
    return `has ${name}; its path needs a slash in front and segments such as /flight-log/:id`
  if (guard !== 'token' && guard !== 'public')
    return `has ${name} without a guard; needs guard: 'token', or guard: 'public' if anybody may call it`
  if ('body' in row && row.body === 'stream' && !(Number.isInteger(bodyLimit) && Number(bodyLimit) > 0))
    return `has ${name}, which takes a stream without a bodyLimit; needs the most bytes that it may have`
  if (!ANSWERS.includes(answers)) return `has ${name}; answers needs to be 'data', 'http' or 'page'`
  return typeof handle === 'function' ? null : `has ${name} without a function handle`
}

/** The same for two rows that answer the same requests, whatever their parameters are called. */
export const routeKey = ({ method, path }: Pick<Route, 'method' | 'path'>): string =>
  `${method} ${path.replace(/:[^/]+/g, ':')}`
