import type { Logger } from './ports/logger.ts'

/** How deep causes are followed. */
const MOST_CAUSES = 4

/**
 * An error with its words and its stack, and none of its own fields: drivers and HTTP clients hang commands, requests
 * and bodies on theirs, passwords included, and loggers print what hangs there.
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

/** The host's logger, given nothing but bare errors. Every part of core logs through it. */
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
