/** `4:05`, or `1:04:05` from an hour on. */
export function clockTime(ms: number): string {
  const all = Math.max(0, Math.ceil(ms / 1000))
  const seconds = two(all % 60)
  const minutes = Math.floor(all / 60)
  return minutes < 60
    ? `${minutes}:${seconds}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${seconds}`
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value))

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
