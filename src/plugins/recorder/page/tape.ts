import type { Trace, TraceEntry } from '../../../testing/trace/trace.ts'
import { TRACE_METHODS } from './methods.ts'

type Unplaced = TraceEntry extends infer Entry
  ? Entry extends TraceEntry
    ? Omit<Entry, 'at'>
    : never
  : never

/** The recording so far, over all pages since its start. */
export interface Tape {
  add(entry: Unplaced): void
  methods(present: readonly string[]): void
  /** Names of the page's callbacks. They are stored, because a page that is opened again may not load its modules again. */
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

/** Stored in the page's storage, because Pilot closes pages without a warning (facts A3). */
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

/** If the storage is full or forbidden, the page must still work. */
function keep<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}
