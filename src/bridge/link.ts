import type { LinkState } from './types.ts'

/** Down for longer than this is called disconnected; before, Pilot is still expected to get there by itself. */
const PATIENCE_MS = 30_000

/**
 * One link (`thing` or `ws`) as a pilot should see it. Two sources feed it, callback and polling, because neither can
 * be relied upon: a first `false` is normal while connecting (facts B5), and the callback may never come.
 */
export interface Link {
  readonly state: LinkState
  /** How long it has been down, in ms; 0 while it is up or was never begun. */
  downFor(): number
  /** The module is loaded: from now on, not being up means connecting. */
  begin(): void
  end(): void
  /** A callback's word: believed at once. */
  said(up: boolean): void
  /** A poll's word, null for no answer: "up" is believed at once, "down" against an open link only the second time. */
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
