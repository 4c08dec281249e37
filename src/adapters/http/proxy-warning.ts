import type { IncomingHttpHeaders } from 'node:http'
import type { Logger } from '../../core/ports/index.ts'

/**
 * Logs once that requests come through a proxy which the app does not trust. All clients then have the address of the
 * proxy, so the wrong passwords of one pilot lock out all pilots.
 * @param remedy how to trust a proxy in this framework
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
