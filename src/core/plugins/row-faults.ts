import { type Pattern, patternOf, relationOf } from '../http/pattern.ts'
import type { Route } from '../http/routes.ts'
import { ownerName } from './faults.ts'
import type { PluginRoute } from './route-row.ts'

const METHODS: readonly unknown[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
/**
 * The first segment is a fixed word, so that requests for the host's routes are not mixed with requests for ours.
 * `:name+` only at the end.
 */
const PATH = /^\/[A-Za-z0-9._~-]+(?:\/(?::[a-z][a-z0-9_]*|[A-Za-z0-9._~-]+))*(?:\/:[a-z][a-z0-9_]*\+)?$/
const GUARDS: readonly unknown[] = ['token', 'browser', 'public']
const CHANGES: readonly unknown[] = ['POST', 'PUT', 'PATCH', 'DELETE']
const BODIES: readonly unknown[] = [undefined, 'stream', 'multipart']
const PER: readonly unknown[] = [undefined, 'address', 'user']
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 0
const ANSWERS: readonly unknown[] = [undefined, 'data', 'http', 'page', 'document']

/** What the checks need to know about the plugin that has the row. */
export interface RowOwner {
  /** The plugin has its own logins, or asks who a browser is. Then a cookie can decide which user a request is for. */
  readonly trustsCookies: boolean
}

/** What is wrong with a row; null: nothing. A plugin may be written in JavaScript, so every type is checked. */
export function rowFault(row: PluginRoute, { trustsCookies }: RowOwner): string | null {
  const { method, path, guard, handle, answers, bodyLimit, crossSite } = row
  const name = `the route ${method} ${path}`
  if (!METHODS.includes(method))
    return `has ${name}; its method needs to be GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS`
  if (typeof path !== 'string' || !PATH.test(path))
    return `has ${name}; its path needs a slash in front, a word, and segments such as /flight-log/:id or, at the end, /files/:key+`
  const twice = duplicate(path.match(/:[a-z0-9_]+/g) ?? [])
  if (twice !== undefined)
    return `has ${name} with the parameter ${twice} twice; give each parameter a different name`
  if (!GUARDS.includes(guard))
    return `has ${name} without a guard; needs guard: 'token', guard: 'browser' if it trusts a cookie, or guard: 'public' if anybody may call it`
  if (method === 'OPTIONS' && guard !== 'public')
    return `has ${name} with guard: '${guard}'; browsers send no token with OPTIONS, and none of our headers, so it needs guard: 'public'`
  if (guard !== 'public' && (answers === 'document' || answers === 'page'))
    return `has ${name} with guard: '${guard}' and answers: '${answers}'; a browser that opens a page sends no token and none of our headers, so nobody could open it. Needs guard: 'public', and another row for what only some may see: the page's script asks it with djiCloudPage.request`
  if (crossSite !== undefined && typeof crossSite !== 'boolean')
    return `has ${name}; crossSite needs to be true or false`
  if (crossSite === true && guard !== 'public')
    return `has ${name} with guard: '${guard}' and crossSite: true; only guard: 'public' lets other sites call it`
  if (trustsCookies && guard === 'public' && crossSite !== true && CHANGES.includes(method))
    return `has ${name} with guard: 'public', in a plugin that knows users by cookies, so any site could act for them; needs guard: 'browser', or crossSite: true if other sites have to call it and it trusts no cookie`
  if (!BODIES.includes(row.body)) return `has ${name}; body needs to be 'stream' or 'multipart'`
  if (row.body !== undefined && typeof bodyLimit !== 'function' && !isCount(bodyLimit))
    return `has ${name}, which takes a ${row.body} without a bodyLimit; needs the largest size in bytes`
  if (row.rateLimit !== undefined) {
    const { attempts, windowSeconds, per } = row.rateLimit
    if (!isCount(attempts) || !isCount(windowSeconds))
      return `has ${name}; its rateLimit needs attempts and windowSeconds, both whole numbers above 0`
    if (!PER.includes(per) || (per === 'user' && guard !== 'token'))
      return `has ${name}; its rateLimit counts per 'address', or with guard: 'token' per 'user'`
  }
  if (!ANSWERS.includes(answers))
    return `has ${name}; answers needs to be 'data', 'http', 'page' or 'document'`
  return typeof handle === 'function' ? null : `has ${name} without a function handle`
}

const duplicate = (names: readonly string[]): string | undefined =>
  names.find((name, index) => names.indexOf(name) !== index)

/** Collects the rows of the platform and of all plugins, to find rows that answer the same requests. */
export function createRowOwners() {
  const rows: { readonly owner: string; readonly route: RowKey; readonly pattern: Pattern }[] = []
  return {
    /** @returns how this row conflicts with rows that were claimed before; null: it does not */
    claim(owner: string, route: RowKey): string | null {
      const pattern = patternOf(route.path, route.except)
      const rivals = rows.filter((row) => row.route.method === route.method)
      rows.push({ owner, route, pattern })
      for (const rival of rivals) {
        const relation = relationOf(pattern, rival.pattern)
        const name = `the route ${route.method} ${route.path}`
        const theirs = rival.route.path
        if (relation === 'same')
          return rival.owner === owner
            ? `has ${name} twice`
            : `has ${name}, which ${ownerName(rival.owner)} has already${theirs === route.path ? '' : ` as ${theirs}`}`
        if (relation === 'crossed')
          return `has ${name}, which answers some of the paths of ${theirs}${
            rival.owner === owner ? '' : ` of ${ownerName(rival.owner)}`
          }, and neither path is more specific, so it is not clear which row answers; change one of the paths`
      }
      return null
    },
  }
}

type RowKey = Pick<Route, 'method' | 'path' | 'except'>
