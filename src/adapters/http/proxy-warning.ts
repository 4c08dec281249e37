import type { IncomingHttpHeaders } from 'node:http'
import type { Logger } from '../../core/ports/index.ts'

/**
 * Says once that a proxy stands in front and the app does not trust it. Everybody then has the proxy's address, and
 * one pilot's wrong passwords lock out all of them.
 * @param remedy how this framework is told
 */
export function createProxyWarning(logger: Pick<Logger, 'warn'>, remedy: string) {
  let said = false
  return (headers: IncomingHttpHeaders, trusted: () => boolean): void => {
    if (said || headers['x-forwarded-for'] === undefined) return
    said = true
    if (!trusted()) {
      const message = `requests come through a proxy that the app does not trust, so all pilots seem to have one address; set ${remedy}`
      logger.warn({ header: 'x-forwarded-for' }, message)
    }
  }
}
