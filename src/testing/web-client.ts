import type { FlowRequest, FlowResponse } from '../bridge/types.ts'
import { readEnvelope } from '../core/pages/read-envelope.ts'
import type { EventLog } from './event-log.ts'
import type { Knobs } from './knobs.ts'
import type { Mask } from './mask.ts'
import type { PageVisit } from './types.ts'

export interface WebClient {
  visit(url: string): Promise<PageVisit>
  /** Sends a request of the page. Never rejects: status 0 means that the server was not reached. */
  http(base: string, request: FlowRequest): Promise<FlowResponse>
}

interface Around {
  readonly knobs: Knobs
  readonly log: EventLog
  readonly mask: Mask
  readonly network: { readonly up: boolean }
}

/** The HTTP requests of a web view, without a browser. */
export function createWebClient({ knobs, log, mask, network }: Around): WebClient {
  const cache = new Map<string, PageVisit>()

  return {
    async visit(url) {
      // With this knob, the web view ignores the query when it searches for a stored copy (facts A3).
      const key = url.split('?')[0] ?? url
      const stored = cache.get(key)
      if (stored) return { ...stored, fromCache: true }
      if (!network.up) throw new Error(`The virtual Pilot has no network: ${url}`)
      const answer = await fetch(url, {
        headers: { 'user-agent': knobs.webViewUserAgent, accept: 'text/html,*/*;q=0.8' },
      })
      const visit: PageVisit = {
        url: answer.url,
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        body: await answer.text(),
        fromCache: false,
      }
      if (knobs.cacheStalePage && !/no-store/i.test(visit.headers['cache-control'] ?? ''))
        cache.set(key, visit)
      log.emit('http', { side: 'page', method: 'GET', url: visit.url, status: visit.status })
      return visit
    },

    async http(base, { method, url, token, body }) {
      const target = new URL(url, base).href
      mask.learn(token)
      const headers: Record<string, string> = {
        'user-agent': knobs.webViewUserAgent,
        accept: 'application/json',
      }
      if (token !== null) headers['x-auth-token'] = token
      if (method === 'POST') headers['content-type'] = 'application/json'
      const response = await send(target, {
        method,
        headers,
        ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
      })
      log.emit('http', { side: 'page', method, url: target, status: response.status })
      return response
    },
  }

  async function send(url: string, init: RequestInit): Promise<FlowResponse> {
    const nothing: FlowResponse = { status: 0, code: -1, message: 'The server was not reached.', data: null }
    if (!network.up) return nothing
    try {
      const answer = await fetch(url, init)
      const text = await answer.text()
      return fromEnvelope(answer.status, text)
    } catch {
      return nothing
    }
  }
}

function fromEnvelope(status: number, text: string): FlowResponse {
  const read = readEnvelope(text)
  return read === null
    ? { status, code: -1, message: `HTTP ${status} without an envelope`, data: null }
    : { status, ...read }
}
