/**
 * Values that a parameter does not accept, by the name of the parameter. A path with such a value belongs to another
 * row, or to the host.
 */
export type Except = Readonly<Record<string, ReadonlySet<string>>>

/**
 * One segment of a row's path: a word, a parameter (`:id`), or the rest of the path (`:key+`: one segment or more, only
 * at the end).
 */
export type Segment =
  | { readonly kind: 'fixed'; readonly text: string }
  | {
      readonly kind: 'param' | 'rest'
      readonly name: string
      readonly except: ReadonlySet<string> | undefined
    }

/** The path of a row, parsed once. */
export type Pattern = readonly Segment[]

const RANK = { fixed: 0, param: 1, rest: 2 } as const

export function patternOf(path: string, except: Except = {}): Pattern {
  return path
    .split('/')
    .slice(1)
    .map((text): Segment => {
      if (!text.startsWith(':')) return { kind: 'fixed', text }
      const isRest = text.endsWith('+')
      const name = text.slice(1, isRest ? -1 : undefined)
      return { kind: isRest ? 'rest' : 'param', name, except: except[name] }
    })
}

/**
 * The values of a path's parameters, decoded once. Null: the path does not fit this pattern.
 * @param segments still encoded
 */
export function paramsOf(pattern: Pattern, segments: readonly string[]): Record<string, string> | null {
  const last = pattern.at(-1)
  if (segments.length !== pattern.length && !(last?.kind === 'rest' && segments.length > pattern.length))
    return null
  const params: Record<string, string> = {}
  for (const [index, wanted] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (wanted.kind === 'fixed') {
      if (wanted.text !== segment) return null
      continue
    }
    const value = decode(wanted.kind === 'rest' ? segments.slice(index) : [segment])
    if (value === null || wanted.except?.has(value) === true) return null
    params[wanted.name] = value
  }
  return params
}

/**
 * Values become file names, keys of a storage and texts in a database. So a value that leaves a folder (`..`) or ends a
 * name (NUL) is refused. That is checked after decoding.
 */
const UNSAFE = /(?:^|[/\\])\.{1,2}(?:[/\\]|$)|\0/

/** Null: a segment is empty, unsafe, or not percent-encoded UTF-8. */
function decode(segments: readonly string[]): string | null {
  try {
    const value = segments.map(decodeURIComponent).join('/')
    return value === '' || UNSAFE.test(value) ? null : value
  } catch {
    return null
  }
}

/**
 * How the paths of two patterns overlap. `apart`: no path fits both. `same`: the same paths fit both. `nested`: all
 * paths of one also fit the other, which has more. `crossed`: some paths fit both, and neither pattern is narrower, as
 * with `/a/:x/c` and `/a/b/:y`.
 */
export function relationOf(one: Pattern, other: Pattern): 'apart' | 'same' | 'nested' | 'crossed' {
  let oneIsNarrower = false
  let otherIsNarrower = false
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const [a, b] = [one[index], other[index]]
    // The rest of a path is at least one segment.
    if (a === undefined || b === undefined) return 'apart'
    if (a.kind === 'fixed' && b.kind === 'fixed') {
      if (a.text !== b.text) return 'apart'
      continue
    }
    if (excludes(a, b) || excludes(b, a)) return 'apart'
    if (RANK[a.kind] < RANK[b.kind]) oneIsNarrower = true
    if (RANK[b.kind] < RANK[a.kind]) otherIsNarrower = true
    // A rest accepts everything that follows, so there is nothing more to compare.
    if (a.kind === 'rest' || b.kind === 'rest') break
  }
  if (oneIsNarrower && otherIsNarrower) return 'crossed'
  return oneIsNarrower || otherIsNarrower ? 'nested' : 'same'
}

const excludes = (a: Segment, b: Segment): boolean =>
  a.kind === 'param' && b.kind === 'fixed' && a.except?.has(b.text) === true

/** For sorting: the narrower of two patterns comes first. */
export function narrowerFirst(one: Pattern, other: Pattern): number {
  for (const [index, segment] of one.entries()) {
    const rank = RANK[segment.kind] - RANK[other[index]?.kind ?? segment.kind]
    if (rank !== 0) return rank
  }
  return 0
}
