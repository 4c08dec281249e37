import type { PageUrls } from '../core/pages/page-data.ts'
import { pageUrls } from '../core/pages/urls.ts'

/**
 * The addresses that the server gives to the script of the page. Null if there are none, as in another platform's page.
 */
export function urlsInPage(html: string): PageUrls | null {
  for (const [, attributes, text] of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/gi)) {
    if (!/type\s*=\s*["']?application\/json/i.test(attributes ?? '')) continue
    try {
      const urls = (JSON.parse(text ?? '') as { urls?: Partial<PageUrls> }).urls
      if (typeof urls?.api === 'string' && typeof urls.bootstrap === 'string') return urls as PageUrls
    } catch {
      // The data is not from this package.
    }
  }
  return null
}

/** The same addresses, made from the access link alone. The HTTP contract defines them. */
export function urlsFromLink(link: string): PageUrls {
  const mount = new URL(link).pathname.replace(/\/+$/, '').replace(/\/pilot(\/(login|home))?$/, '')
  return pageUrls(mount)
}
