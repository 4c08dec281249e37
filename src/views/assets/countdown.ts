import type { Translate } from './translate.ts'

/** "14 min 5 s", or "1 h 4 min" from an hour on. With a colon it would be read as a time of day. */
export function timeLeft(ms: number, t: Translate): string {
  const all = Math.max(0, Math.ceil(ms / 1000))
  const minutes = Math.floor(all / 60)
  if (minutes === 0) return t('time.seconds', { s: String(all) })
  if (minutes < 60) return t('time.minutes', { m: String(minutes), s: String(all % 60) })
  return t('time.hours', { h: String(Math.floor(minutes / 60)), m: String(minutes % 60) })
}

const TICK_MS = 500

/**
 * Counts down to a time.
 * @param until ms since the epoch
 * @param onTick called now and then with the ms that are left, more than 0
 * @param onEnd called once, when the time has come
 * @returns stops it
 */
export function countDown(until: number, onTick: (left: number) => void, onEnd: () => void): () => void {
  let timer = 0
  function tick(): void {
    const left = until - Date.now()
    if (left <= 0) {
      onEnd()
      return
    }
    onTick(left)
    timer = window.setTimeout(tick, TICK_MS)
  }
  tick()
  return () => window.clearTimeout(timer)
}
