import type { Logger } from './core/ports/index.ts'
import { throttledLogger } from './core/throttled-logger.ts'

/** How deep causes are followed. */
const MOST_CAUSES = 4
/** `redis://user:password@host`: drivers repeat the address that they were given. */
const LOGIN_IN_URL = /\/\/[^\s/@]*@/g
// Line ends and escape sequences: a client's name must not be able to forge a line or to move the cursor.
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu

/**
 * Where warnings and errors go when the host gives no logger: to stderr, one line each, in development and in production
 * alike. A fault that nobody can see is the worst one.
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

/** `what failed: why: because of what`; connection errors of several addresses have no text of their own, but a code. */
function inWords(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: unknown }
  const text = error.message || (typeof code === 'string' ? code : error.name)
  return error.cause === undefined || depth >= MOST_CAUSES
    ? text
    : `${text}: ${inWords(error.cause, depth + 1)}`
}
