/** By parameter: what is not one, however well it fits. Such a path is another row's, or the host's. */
export type Except = Readonly<Record<string, ReadonlySet<string>>>

/** A row of the route table. `Row` carries what the dispatcher needs beside method and path. */
export interface RouteKey {
  readonly method: string
  /** Segments; `:name` stands for one of them. */
  readonly path: string
  readonly except?: Except
}

export type Match<Row> =
  | { readonly kind: 'found'; readonly route: Row; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'wrong_method'; readonly allow: readonly string[] }
  | null

/** Pilot builds addresses from a host with a trailing slash (facts C2), so `//manage//api` has to be `/manage/api`. */
export function normalisePath(path: string): string {
  const single = path.includes('//') ? path.replace(/\/{2,}/g, '/') : path
  return single.length > 1 && single.endsWith('/') ? single.slice(0, -1) : single
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}

export function createRouter<Row extends RouteKey>(
  rows: readonly Row[],
): (method: string, path: string) => Match<Row> {
  const fixed = new Map<string, Row[]>()
  const open: { readonly segments: readonly string[]; readonly row: Row }[] = []
  for (const row of rows) {
    if (row.path.includes(':')) open.push({ segments: row.path.split('/'), row })
    else fixed.set(row.path, [...(fixed.get(row.path) ?? []), row])
  }

  function candidates(path: string): { readonly row: Row; readonly params: Record<string, string> }[] {
    const exact = fixed.get(path)
    if (exact !== undefined) return exact.map((row) => ({ row, params: {} }))
    const segments = path.split('/')
    return open.flatMap(({ segments: wanted, row }) => {
      const params = paramsOf(wanted, segments, row.except)
      return params === null ? [] : [{ row, params }]
    })
  }

  return (method, path) => {
    const found = candidates(path)
    if (found.length === 0) return null
    const wanted = method === 'HEAD' ? 'GET' : method
    const match = found.find(({ row }) => row.method === wanted)
    if (match !== undefined) return { kind: 'found', route: match.row, params: match.params }
    return { kind: 'wrong_method', allow: [...new Set(found.map(({ row }) => row.method))] }
  }
}

function paramsOf(
  wanted: readonly string[],
  segments: readonly string[],
  except: Except | undefined,
): Record<string, string> | null {
  if (wanted.length !== segments.length) return null
  const params: Record<string, string> = {}
  for (const [index, name] of wanted.entries()) {
    const segment = segments[index] ?? ''
    if (!name.startsWith(':')) {
      if (name !== segment) return null
      continue
    }
    const value = decode(segment)
    if (value === null || value === '') return null
    if (except?.[name.slice(1)]?.has(value) === true) return null
    params[name.slice(1)] = value
  }
  return params
}
