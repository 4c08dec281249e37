import { type Except, narrowerFirst, type Pattern, paramsOf, patternOf } from './pattern.ts'

/** A row of the route table. `Row` carries what the dispatcher needs beside method and path. */
export interface RouteKey {
  readonly method: string
  /** Segments; `:name` stands for one of them, `:name+` at the end for one or more. */
  readonly path: string
  readonly except?: Except
}

export type Match<Row> =
  | { readonly kind: 'found'; readonly route: Row; readonly params: Readonly<Record<string, string>> }
  /** `allow`: for the header of that name. */
  | { readonly kind: 'wrong_method'; readonly allow: readonly string[] }
  | null

/** Pilot builds addresses from a host with a trailing slash (facts C2), so `//manage//api` has to be `/manage/api`. */
export function normalizePath(path: string): string {
  const single = path.includes('//') ? path.replace(/\/{2,}/g, '/') : path
  return single.length > 1 && single.endsWith('/') ? single.slice(0, -1) : single
}

type Params = Readonly<Record<string, string>>
const NONE: Params = {}

/**
 * Finds the row of a request. If several rows fit path and method, the narrowest one wins, in any order of the rows: a
 * word before `:name`, and `:name` before `:name+`. A GET row answers HEAD if there is no HEAD row.
 */
export function createRouter<Row extends RouteKey>(
  rows: readonly Row[],
): (method: string, path: string) => Match<Row> {
  const fixed = new Map<string, Row[]>()
  const open: { readonly pattern: Pattern; readonly row: Row }[] = []
  for (const row of rows) {
    if (row.path.includes(':')) open.push({ pattern: patternOf(row.path, row.except), row })
    else fixed.set(row.path, [...(fixed.get(row.path) ?? []), row])
  }
  open.sort((a, b) => narrowerFirst(a.pattern, b.pattern))

  return (method, path) => {
    const exact = fixed.get(path) ?? []
    const found = rowFor(method, exact)
    // No row is narrower than this one, so for most requests the search ends here.
    if (found !== undefined) return { kind: 'found', route: found, params: NONE }
    const segments = path.split('/').slice(1)
    const fitting = open.flatMap(({ pattern, row }) => {
      const params = paramsOf(pattern, segments)
      return params === null ? [] : [{ row, params }]
    })
    const route = rowFor(
      method,
      fitting.map(({ row }) => row),
    )
    const params = fitting.find(({ row }) => row === route)?.params
    if (route !== undefined && params !== undefined) return { kind: 'found', route, params }
    const methods = [...exact, ...fitting.map(({ row }) => row)].map((row) => row.method)
    return methods.length === 0 ? null : { kind: 'wrong_method', allow: allowOf(methods) }
  }
}

/** @param rows the narrowest first */
function rowFor<Row extends RouteKey>(method: string, rows: readonly Row[]): Row | undefined {
  return (
    rows.find((row) => row.method === method) ??
    (method === 'HEAD' ? rows.find((row) => row.method === 'GET') : undefined)
  )
}

const allowOf = (methods: readonly string[]): string[] => [
  ...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))),
]

const SLASH = 47
const QUESTION_MARK = 63

/**
 * Checks quickly whether a path may be one of these. It runs for every request of the host. So the first letter decides
 * most cases, and the first segment decides the rest. `/pilot/login`, `//pilot` and `/pilot?x` are all `pilot`.
 */
export function createPathFilter(paths: readonly string[]): (path: string) => boolean {
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
