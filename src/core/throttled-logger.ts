import { type Schedule, scheduleTimeout } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'

export interface LogBudget {
  /** Lines of one text in one window. @default 3 */
  readonly perText?: number
  /** Lines in one window, with any text. @default 30 */
  readonly total?: number
  /** Milliseconds. @default 10000 */
  readonly window?: number
  readonly schedule?: Schedule
}

type Level = keyof Logger

/** The number of texts with their own count. All other texts are counted together. */
const MAX_COUNTED = 50
const OTHERS = 'other messages'

/**
 * The same logger with a limit. If a store is down, every request fails, and the terminal or log service must survive
 * that. Lines that were left out are counted, and the count is logged at the end of the window.
 */
export function throttledLogger(logger: Logger, budget: LogBudget = {}): Logger {
  const { perText = 3, total = 30, window = 10_000, schedule = scheduleTimeout } = budget
  const printed = new Map<string, number>()
  const left = new Map<string, { readonly level: Level; readonly message: string; count: number }>()
  let lines = 0
  let open = false

  function end(): void {
    open = false
    lines = 0
    printed.clear()
    const told = [...left.values()]
    left.clear()
    for (const { level, message, count } of told)
      logger[level](
        { suppressed: count },
        `${message} (${count} more in the last ${Math.round(window / 1000)} s)`,
      )
  }

  function leaveOut(key: string, level: Level, message: string): void {
    const known = left.has(key) || left.size < MAX_COUNTED
    const name = known ? key : `${level} ${OTHERS}`
    const entry = left.get(name)
    if (entry === undefined) left.set(name, { level, message: known ? message : OTHERS, count: 1 })
    else entry.count += 1
  }

  const limited =
    (level: Level) =>
    (fields: object, message: string): void => {
      if (!open) {
        open = true
        schedule(end, window)
      }
      // Texts are constant and few. Everything that varies is in the fields.
      const key = `${level} ${message}`
      const before = printed.get(key) ?? 0
      if (before >= perText || lines >= total) {
        leaveOut(key, level, message)
        return
      }
      printed.set(key, before + 1)
      lines += 1
      logger[level](fields, message)
    }

  return {
    // Not limited, because it is not shown by default.
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: limited('warn'),
    error: limited('error'),
  }
}
