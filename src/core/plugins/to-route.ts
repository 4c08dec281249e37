import type { Devices } from '../devices/service.ts'
import { success } from '../http/envelope.ts'
import type { Route } from '../http/routes.ts'
import type { AuthedContext, Context, HttpResponse } from '../http/types.ts'
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
    ...('unpack' in row && row.unpack !== undefined ? { unpack: row.unpack } : {}),
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    ...(admit === undefined ? {} : { admit }),
    async handle(context: Context | AuthedContext): Promise<HttpResponse> {
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
