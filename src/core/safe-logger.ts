import type { Logger } from './ports/logger.ts'

/** The number of nested causes that are logged. */
const MOST_CAUSES = 4

/**
 * An error with its message and stack, but without its own fields. Drivers and HTTP clients put commands, requests and
 * bodies into their errors, passwords included, and loggers would print them.
 */
export function bareError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error
  const bare = new Error(error.message) as Error & { code?: unknown }
  bare.name = error.name
  if (error.stack !== undefined) bare.stack = error.stack
  const { code } = error as { code?: unknown }
  if (typeof code === 'string' || typeof code === 'number') bare.code = code
  if (error.cause !== undefined && depth < MOST_CAUSES) bare.cause = bareError(error.cause, depth + 1)
  return bare
}

/** The host's logger, which gets errors only as `bareError` makes them. Every part of core logs through it. */
export function safeLogger(logger: Logger): Logger {
  const bare = (fields: object): object =>
    'err' in fields ? { ...fields, err: bareError(fields.err) } : fields
  return {
    debug: (fields, message) => logger.debug(bare(fields), message),
    info: (fields, message) => logger.info(bare(fields), message),
    warn: (fields, message) => logger.warn(bare(fields), message),
    error: (fields, message) => logger.error(bare(fields), message),
  }
}
