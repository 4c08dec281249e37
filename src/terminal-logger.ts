import type { Logger } from './core/ports/index.ts'
import { throttledLogger } from './core/throttled-logger.ts'

/** Number of nested causes that are printed. */
const MOST_CAUSES = 4
/** `redis://user:password@host`: errors of drivers contain the address, with its password. */
const LOGIN_IN_URL = /\/\/[^\s/@]*@/g
// Line ends and escape sequences: the name of a client must not be able to forge a log line or move the cursor.
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu

/**
 * The logger if the host gives none: writes warnings and errors to stderr, one line each, in development and in production.
 * Without it, faults would be invisible.
 */
export const terminalLogger = (write: (line: string) => void = (line) => console.error(line)): Logger => {
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      write(line(level, fields, message))
  return throttledLogger({
    debug: () => undefined,
    info: () => undefined,
    warn: at('warn'),
    error: at('error'),
  })
}

function line(level: string, fields: object, message: string): string {
  const { err, ...rest } = fields as { err?: unknown }
  const more = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : ''
  const cause = err === undefined ? '' : `: ${inWords(err)}`
  return `dji-cloud ${level}: ${message}${cause}${more}`.replace(LOGIN_IN_URL, '//***@').replace(CONTROL, ' ')
}

/** The message and its causes, such as `login failed: store unavailable: ECONNREFUSED`. Some connection errors have only a code. */
function inWords(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: unknown }
  const text = error.message || (typeof code === 'string' ? code : error.name)
  return error.cause === undefined || depth >= MOST_CAUSES
    ? text
    : `${text}: ${inWords(error.cause, depth + 1)}`
}
