import type { LinkState } from './types.ts'

/** A link that is down for longer than this counts as disconnected. Before that, Pilot may still connect by itself. */
const PATIENCE_MS = 30_000

/**
 * State of one link (`thing` or `ws`) as shown to the pilot. It combines Pilot's callback and polling, because neither
 * is reliable alone: a first `false` is normal while connecting (facts B5), and the callback may never come.
 */
export interface Link {
  readonly state: LinkState
  /** How long the link has been down, in ms. 0 while it is up or was never started. */
  downFor(): number
  /** Tells that the module is loaded: from now on, "not up" means "connecting". */
  begin(): void
  end(): void
  /** Takes the state from a callback; it counts at once. */
  said(up: boolean): void
  /**
   * Takes the state from a poll; null means no answer. "Up" counts at once. "Down" while the link is up counts only
   * when it comes twice in a row.
   */
  polled(up: boolean | null): void
}

export function createLink(now: () => number, onChange: () => void): Link {
  let begun = false
  let up = false
  let downSince = 0
  let doubts = 0
  let shown: LinkState = 'disconnected'

  function set(next: boolean): void {
    if (up && !next) downSince = now()
    up = next
    doubts = 0
    show()
  }

  function show(): void {
    const state = up ? 'connected' : begun && now() - downSince < PATIENCE_MS ? 'connecting' : 'disconnected'
    if (state === shown) return
    shown = state
    onChange()
  }

  return {
    get state() {
      return shown
    },
    downFor: () => (begun && !up ? now() - downSince : 0),
    begin() {
      if (begun) return
      begun = true
      downSince = now()
      show()
    },
    end() {
      begun = false
      set(false)
    },
    said(next) {
      if (begun) set(next)
    },
    polled(next) {
      if (!begun) return
      if (next === null) return show()
      if (next || !up) return set(next)
      doubts += 1
      if (doubts > 1) set(false)
    },
  }
}
