/** A row of the route table. `Row` carries what the dispatcher needs beside method and path. */
export interface RouteKey {
  readonly method: string
  /** Segments; `:name` stands for one of them. */
  readonly path: string
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
      const params = paramsOf(wanted, segments)
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

/**
 * Words that the demo has where others have a serial number, such as `devices/{workspace}/devices/hms`. What is behind
 * them is the host's to answer, or nobody's: never a device of that name.
 */
const NOT_A_SERIAL: ReadonlySet<string> = new Set(['hms', 'ota', 'bound', 'topologies', 'logs', 'firmwares'])

function paramsOf(wanted: readonly string[], segments: readonly string[]): Record<string, string> | null {
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
    if (name === ':device_sn' && NOT_A_SERIAL.has(value)) return null
    params[name.slice(1)] = value
  }
  return params
}
