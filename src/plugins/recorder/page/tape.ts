import type { Trace, TraceEntry } from '../../../testing/trace/trace.ts'
import { TRACE_METHODS } from './methods.ts'

type Unplaced = TraceEntry extends infer Entry
  ? Entry extends TraceEntry
    ? Omit<Entry, 'at'>
    : never
  : never

/** What is recorded so far, over all pages since it was begun. */
export interface Tape {
  add(entry: Unplaced): void
  methods(present: readonly string[]): void
  /** Names of the page's callbacks: a page that comes back may not load its modules again. */
  callbacks(): readonly string[]
  callback(name: string): void
  trace(): Trace
  clear(): void
  readonly length: number
}

const KEY = 'dji-cloud.trace'
const CALLBACKS = 'dji-cloud.trace.callbacks'
const MOST = 2_500

const begin = (): Trace => ({
  format: 'dji-cloud-trace',
  version: 1,
  startedAt: new Date().toISOString(),
  userAgent: navigator.userAgent.slice(0, 300),
  screen: { width: window.screen.width, height: window.screen.height, ratio: window.devicePixelRatio },
  methods: [],
  entries: [],
})

/** Kept in the page's own storage: Pilot closes pages without asking (facts A3). */
export function createTape(): Tape {
  let trace = read() || begin()
  let names: string[] = JSON.parse(keep(() => localStorage.getItem(CALLBACKS)) || '[]')

  const write = (): void => {
    keep(() => localStorage.setItem(KEY, JSON.stringify(trace)))
  }

  return {
    add(entry) {
      if (trace.entries.length >= MOST) return
      const at = Math.max(0, Date.now() - Date.parse(trace.startedAt))
      trace.entries.push({ ...entry, at } as TraceEntry)
      write()
    },
    methods(present) {
      trace = { ...trace, methods: TRACE_METHODS.filter((name) => present.indexOf(name) >= 0) }
      write()
    },
    callbacks: () => names,
    callback(name) {
      if (names.indexOf(name) >= 0) return
      names = names.concat(name)
      keep(() => localStorage.setItem(CALLBACKS, JSON.stringify(names)))
    },
    trace: () => trace,
    clear() {
      trace = { ...begin(), methods: trace.methods }
      write()
    },
    get length() {
      return trace.entries.length
    },
  }
}

function read(): Trace | null {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) || 'null') as Trace | null
    return found !== null && found.version === 1 && Array.isArray(found.entries) ? found : null
  } catch {
    return null
  }
}

/** A full or forbidden storage must not stop the page. */
function keep<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}
