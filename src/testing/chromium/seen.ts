import type { Devtools, Fields } from './devtools.ts'

/**
 * What went wrong in a page, as its browser saw it. Addresses have no query and no fragment, which may hold a token.
 */
export interface PageSeen {
  /** HTTP status of the document; 0: the server was not reached. */
  status: number
  /** Why the server was not reached. */
  unreached: string | null
  readonly failed: { readonly url: string; readonly why: string; readonly kind: string }[]
  /** Requests that the browser blocked, because the page is encrypted and they are not. */
  readonly mixed: string[]
  readonly exceptions: string[]
}

const MOST = 20

const plain = (address: string): string => address.split(/[?#]/)[0] ?? ''

/** Starts to listen. @param active called whenever the page does something */
export function watchPage(devtools: Devtools, active: () => void): PageSeen {
  const seen: PageSeen = { status: 0, unreached: null, failed: [], mixed: [], exceptions: [] }
  const requests = new Map<unknown, { readonly url: string; readonly kind: string }>()
  const add = <T>(list: T[], one: T): void => void (list.length < MOST && list.push(one))
  const isDocument = ({ type, frameId }: Fields): boolean => type === 'Document' && frameId !== undefined

  devtools.on((method, params) => {
    if (method === 'Network.requestWillBeSent') {
      active()
      const { url } = params['request'] as { url: string }
      if (requests.size > 1_000) requests.clear()
      requests.set(params['requestId'], { url: plain(url), kind: String(params['type'] ?? 'Other') })
    } else if (method === 'Network.responseReceived') {
      active()
      const { url, status } = params['response'] as { url: string; status: number }
      if (isDocument(params) && seen.status === 0) seen.status = status
      else if (status >= 400)
        add(seen.failed, { url: plain(url), why: `HTTP ${status}`, kind: String(params['type']) })
    } else if (method === 'Network.loadingFailed') {
      const { url = '', kind = 'Other' } = requests.get(params['requestId']) ?? {}
      if (params['blockedReason'] === 'mixed-content') add(seen.mixed, url)
      // When a page is replaced by another one, it cancels the requests that still run. That is not a failure.
      else if (params['canceled'] !== true) add(seen.failed, { url, why: String(params['errorText']), kind })
    } else if (method === 'Runtime.exceptionThrown') {
      const { exception, text } = params['exceptionDetails'] as {
        exception?: { description?: string }
        text: string
      }
      add(seen.exceptions, (exception?.description ?? text).split('\n')[0] ?? text)
    }
  })
  return seen
}
