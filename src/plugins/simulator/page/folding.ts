import type { Entry } from './types.ts'

/** Methods of the bridge that only ask, such as `thingGetConnectState` and `platformIsComponentLoaded`. */
const ASKS = /^[a-z]+(?:Get|Is)[A-Z]/

/**
 * Entries with the same key say the same again, such as a request that is repeated every few seconds. They share one line with
 * a count. Null: the entry has its own line.
 */
export function foldKey(entry: Entry): string | null {
  switch (entry.type) {
    case 'bridge': {
      // The page asks Pilot for its state every second.
      const { method, args, answer } = entry
      return ASKS.test(String(method)) ? `bridge ${method} ${JSON.stringify([args, answer])}` : null
    }
    case 'http': {
      const path = String(entry['url']).replace(/\?.*$/, '')
      return entry['method'] === 'GET' ? `http ${entry['side']} ${path} ${entry['status']}` : null
    }
    case 'mqtt.out':
    case 'mqtt.in': {
      const topic = String(entry['topic'])
      return /\/(?:osd|probe)$/.test(topic) ? `${entry.type} ${topic}` : null
    }
    case 'ws.in': {
      const { biz_code: code, data } = (entry['data'] || {}) as {
        biz_code?: unknown
        data?: { sn?: unknown }
      }
      return typeof code === 'string' && /_osd$/.test(code) ? `ws ${code} ${data?.sn}` : null
    }
    case 'host':
      return entry['name'] === 'device.osd'
        ? `host osd ${(entry['event'] as { serial?: unknown } | undefined)?.serial}`
        : null
    default:
      return null
  }
}

/** A repetition after this many other lines gets a new line: the reader would not see a change so far up. */
const REACH = 30

export interface Folder<Line> {
  /** The line that this entry repeats. Null: it needs a line of its own, to be told by `add`. */
  lineOf(entry: Entry): Line | null
  add(entry: Entry, line: Line): void
  clear(): void
}

/** Remembers the lines that an entry may repeat. */
export function createFolder<Line>(): Folder<Line> {
  let lines = new Map<string, { readonly line: Line; readonly at: number }>()
  let count = 0
  return {
    lineOf(entry) {
      const key = foldKey(entry)
      const known = key === null ? undefined : lines.get(key)
      return known === undefined || count - known.at > REACH ? null : known.line
    },
    add(entry, line) {
      count += 1
      const key = foldKey(entry)
      if (key !== null) lines.set(key, { line, at: count })
    },
    clear() {
      lines = new Map()
    },
  }
}
