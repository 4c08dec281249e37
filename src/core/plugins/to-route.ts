import type { Devices } from '../devices/service.ts'
import type { Route } from '../http/routes.ts'
import type { AuthedContext, Context, HttpResponse } from '../http/types.ts'
import { success } from '../http/wire.ts'
import { checkedAnswer } from './answers.ts'
import { checkedDocument } from './document-answer.ts'
import type { GuardedRouteContext, PluginRoute, RouteContext } from './route-row.ts'

/**
 * Turns a row of a plugin into a route, so that the same dispatcher serves it with the same checks.
 * @param documents names of the plugin's own pages
 */
export function toRoute(
  row: PluginRoute,
  id: string,
  devicesIn: Devices['in'],
  documents: readonly string[] = [],
): Route {
  const { method, path, guard, answers = 'data', body: kind, onError } = row
  const input = kind === undefined && 'input' in row ? (row.input ?? null) : null
  const handle = row.handle.bind(row) as (context: RouteContext) => unknown
  const where = `The route ${method} ${path} of the plugin ${id}`
  const made = (context: Context | AuthedContext): unknown => {
    const { request, params, body, admitted } = context
    const own = {
      ...{ request, params, query: request.query, admitted },
      body: input === null && kind === undefined ? undefined : body,
    }
    return handle('session' in context ? withSession(own, context, devicesIn) : own)
  }
  return {
    ...{ method, path, guard, input, plugin: id },
    answers: answers === 'page' || answers === 'document' ? 'page' : 'json',
    ...given('roles', row.roles),
    ...given('body', kind),
    ...('unpack' in row ? given('unpack', row.unpack) : {}),
    ...('multipart' in row ? given('multipart', row.multipart) : {}),
    ...given('bodyLimit', row.bodyLimit as Route['bodyLimit']),
    ...given('rateLimit', row.rateLimit),
    ...given('admit', row.admit?.bind(row) as Route['admit']),
    ...given(
      'onError',
      onError === undefined
        ? undefined
        : async (...of: Parameters<typeof onError>) =>
            checkedAnswer(await onError.apply(row, of), `onError of ${where}`),
    ),
    ...given(
      'document',
      answers === 'document'
        ? async (context: Context | AuthedContext) => checkedDocument(await made(context), documents, where)
        : undefined,
    ),
    async handle(context: Context | AuthedContext): Promise<HttpResponse> {
      const value = await made(context)
      return answers === 'data' ? success(value ?? null) : checkedAnswer(value, where)
    },
  }
}

/** Leaves out fields that are undefined, so that the dispatcher's defaults apply. */
const given = <Name extends keyof Route, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]?: Value })

const withSession = (
  own: RouteContext,
  { session }: AuthedContext,
  devicesIn: Devices['in'],
): GuardedRouteContext => ({ ...own, session, devices: devicesIn(session.workspaceId) })
