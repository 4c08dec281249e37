import type { BrokerHost } from '../../core/ports/broker.ts'
import { type Logger, silentLogger } from '../../core/ports/logger.ts'

export interface AdoptedLogger extends Logger {
  /** Call it at the start, when the adapter gets its platform. */
  adopt(host: BrokerHost): void
}

/**
 * The adapter's own logger if it was given one, otherwise the logger of the platform. The adapter is created before the
 * platform.
 */
export function adoptedLogger(own: Logger | undefined): AdoptedLogger {
  let used = own ?? silentLogger
  return {
    adopt(host) {
      used = own ?? host.logger ?? silentLogger
    },
    debug: (fields, message) => used.debug(fields, message),
    info: (fields, message) => used.info(fields, message),
    warn: (fields, message) => used.warn(fields, message),
    error: (fields, message) => used.error(fields, message),
  }
}
