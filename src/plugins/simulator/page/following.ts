/**
 * Whether the list shows its newest line. It stops when the reader scrolls up, and counts what comes meanwhile. Opening a line
 * does not stop it.
 */
export interface Following {
  /** Call it after lines were added. */
  added(lines: number): void
  /** Shows the newest line, and follows again. */
  resume(): void
}

/** Rounding of the browser, in CSS pixels. */
const CLOSE = 8

const isAtEnd = ({
  scrollHeight,
  scrollTop,
  clientHeight,
}: Pick<HTMLElement, 'scrollHeight' | 'scrollTop' | 'clientHeight'>): boolean =>
  scrollHeight - scrollTop - clientHeight <= CLOSE

/** @param onMissed called with the number of lines below that the reader has not seen; 0: none */
export function createFollowing(list: HTMLElement, onMissed: (lines: number) => void): Following {
  let following = true
  let missed = 0
  /** Where the list was scrolled to by itself. An event for this place is not the reader's. */
  let own = 0

  const toEnd = (): void => {
    list.scrollTop = list.scrollHeight
    own = list.scrollTop
  }
  const resume = (): void => {
    following = true
    missed = 0
    onMissed(0)
    toEnd()
  }
  list.addEventListener('scroll', () => {
    if (isAtEnd(list)) {
      following = true
      missed = 0
      onMissed(0)
    } else if (list.scrollTop < own - CLOSE) following = false
    if (following) own = list.scrollTop
  })

  return {
    resume,
    added(lines) {
      if (following) return toEnd()
      missed += lines
      onMissed(missed)
    },
  }
}
