/** A call from one file into another. Null: an event or a promise of Node, or a package, called it. */
export interface Step {
  readonly from: string | null
  readonly to: string
}

/** The calls between files, each pair once, in the order of the first call. */
export type Walk = readonly Step[]

export const WALKS = {
  ask: 'from a route to its answer',
  report: 'from an OSD packet to its push',
  leave: 'from a logout to the last closed socket',
} as const

const keyOf = ({ from, to }: Step): string => `${from}\n${to}`

export function inEveryRound([first = [], ...others]: readonly Walk[]): Walk {
  const rest = others.map((walk) => new Set(walk.map(keyOf)))
  return first.filter((step) => rest.every((keys) => keys.has(keyOf(step))))
}

export const files = (walk: Walk): ReadonlySet<string> => new Set(walk.map(({ to }) => to))

/** The steps to a file that imports the caller, directly or through other files. */
export function climbs(walk: Walk, imports: ReadonlyMap<string, readonly string[]>): readonly Step[] {
  return walk.filter(({ from, to }) => from !== null && reached(to, imports).has(from))
}

function reached(file: string, imports: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting = [file]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
    for (const target of imports.get(next) ?? []) {
      if (found.has(target)) continue
      found.add(target)
      waiting.push(target)
    }
  return found
}

/** Each file below the one that called it first; `^` before a climb. */
export function tree(walk: Walk, up: readonly Step[]): string {
  const shown = new Set<string>()
  const lines: string[] = []
  const show = (file: string, depth: number, isUp: boolean): void => {
    const isNew = !shown.has(file)
    if (isNew || isUp) lines.push(`${'  '.repeat(depth)}${isUp ? '^ ' : ''}${file}`)
    if (!isNew) return
    shown.add(file)
    for (const step of walk) if (step.from === file) show(step.to, depth + 1, up.includes(step))
  }
  for (const { from, to } of walk) if (from === null) show(to, 0, false)
  return lines.join('\n')
}
