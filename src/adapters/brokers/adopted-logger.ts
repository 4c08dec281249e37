import type { BrokerHost } from '../../core/ports/broker.ts'
import { type Logger, silentLogger } from '../../core/ports/logger.ts'

export interface AdoptedLogger extends Logger {
  /** To be called at the start, which is the first time that an adapter meets its platform. */
  adopt(host: BrokerHost): void
}

/** The adapter's own logger where it was given one; otherwise that of the platform, which an adapter is older than. */
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
