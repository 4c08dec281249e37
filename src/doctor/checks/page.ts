import { clocksDiffer } from '../../core/findings/clock.ts'
import { type Finding, finding } from '../../core/findings/index.ts'
import { ask } from '../ask.ts'
import type { Check, DoctorContext } from '../context.ts'

/** Checks the page: it exists, is not cached, is complete, and the server's clock is right. */
export const page: Check = {
  title: 'page, headers and scripts',
  async run(context) {
    const asked = context.now()
    const answer = await ask({ ...context, token: null }, context.url.href)
    if (answer.status === 0) return [finding('page-unreachable', answer.error)]
    const html = answer.headers['content-type']?.includes('text/html') === true
    if (answer.status !== 200 || !html)
      return [
        finding(
          'page-status',
          `HTTP ${answer.status}, ${answer.headers['content-type'] ?? 'no content type'}`,
        ),
      ]

    context.pageSeen = true
    const findings: Finding[] = [...skew(answer.headers.date, (asked + context.now()) / 2)]
    if (answer.headers['cache-control']?.includes('no-store') !== true) {
      findings.push(finding('page-cached', answer.headers['cache-control'] ?? 'no Cache-Control'))
    }
    const urls = urlsOf(answer.text)
    if (urls === null) {
      const parts = [...(await missingScripts(context, answer.text)), ...mixed(context.url, answer.text)]
      return [...findings, finding('page-not-ours'), ...parts]
    }
    context.base = new URL(urls.api, context.url).href.replace(/\/manage\/api\/v1\/?$/, '')
    return [...findings, ...(await missingScripts(context, answer.text))]
  },
}

/** The files that a page of another platform loads by a plain address. Our pages load nothing from other servers. */
function mixed(page: URL, html: string): readonly Finding[] {
  if (page.protocol !== 'https:') return []
  const parts = html.matchAll(
    /<(?:script|link|img|iframe|source|audio|video)\b[^>]*?\s(?:src|href)\s*=\s*["']?(http:\/\/[^"'\s>]+)/gi,
  )
  return [...new Set([...parts].map(([, url = '']) => url.split(/[?#]/)[0] ?? url))].map((url) =>
    finding('page-mixed', url),
  )
}

function skew(date: string | undefined, now: number): readonly Finding[] {
  const theirs = Date.parse(date ?? '')
  if (Number.isNaN(theirs) || !clocksDiffer(theirs - now)) return []
  const seconds = Math.round((theirs - now) / 1000)
  return [finding('clock-skew', `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine`)]
}

/** The addresses in the data that each of our pages contains. */
function urlsOf(html: string): { readonly api: string } | null {
  const island = /<script[^>]*type="application\/json"[^>]*>([\s\S]*?)<\/script>/.exec(html)?.[1]
  try {
    const { urls } = JSON.parse(island ?? '') as { urls?: { api?: unknown } }
    return typeof urls?.api === 'string' ? { api: urls.api } : null
  } catch {
    return null
  }
}

async function missingScripts(context: DoctorContext, html: string): Promise<readonly Finding[]> {
  const sources = [...html.matchAll(/<script\b[^>]*?\ssrc\s*=\s*["']?([^"'\s>]+)/gi)].flatMap(
    ([, source = '']) => {
      const url = URL.canParse(source, context.url.href) ? new URL(source, context.url) : null
      // Addresses such as data: need no server.
      return url === null || !/^https?:$/.test(url.protocol) ? [] : [url.href]
    },
  )
  const answers = await Promise.all(
    sources.map(async (source) => ({ source, ...(await ask({ ...context, token: null }, source)) })),
  )
  return answers
    .filter(({ status }) => status !== 200)
    .map(({ source, status }) => finding('page-no-script', `${source.split(/[?#]/)[0]}: HTTP ${status}`))
}
