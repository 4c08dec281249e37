import { API_PATH } from '../../core/pages/urls.ts'
import type { NativeContext } from './context.ts'

/** Pilot's own HTTP client: okhttp with the token of `api` (facts C). */
export interface NativeHttp {
  /** Resolves to the status; 0: the server was not reached. */
  request(method: 'GET' | 'POST', path: string): Promise<number>
  close(): Promise<void>
}

export function createNativeHttp(context: NativeContext, withdraw: (url: string) => void): NativeHttp {
  const { knobs, log, network, state } = context
  const stopped = new AbortController()
  const running = new Set<Promise<number>>()

  const once = async (method: 'GET' | 'POST', url: string): Promise<number> => {
    if (!network.up) return 0
    const headers: Record<string, string> = { 'user-agent': knobs.nativeUserAgent }
    // Until `api` is loaded there is no token. The header is then left out, because an empty one would count as a wrong
    // token.
    if (state.token !== '') headers['x-auth-token'] = state.token
    if (method === 'POST') headers['content-type'] = 'application/json; charset=utf-8'
    try {
      const answer = await fetch(url, {
        method,
        headers,
        signal: stopped.signal,
        ...(method === 'POST' ? { body: '{}' } : {}),
      })
      await answer.arrayBuffer()
      return answer.status
    } catch {
      return 0
    }
  }

  return {
    async request(method, path) {
      const url = `${state.host.replace(/\/+$/, '')}${path}`
      const { token } = state
      const work = once(method, url)
      running.add(work)
      const status = await work.finally(() => running.delete(work))
      if (stopped.signal.aborted) return status
      log.emit('http', { side: 'native', method, url, status })
      // Ignore a 401 for an old token: it says nothing about the current one.
      if (status === 401 && knobs.withdrawOn401 && token === state.token) withdraw(url)
      return status
    },
    async close() {
      stopped.abort()
      await Promise.allSettled(running)
    },
  }
}

/** The query of a real Pilot for the list of waylines, with all its odd parameters (facts C2). */
const WAYLINES = 'file_type=5&key=&favorited=false&order_by=update_time%20desc&page_size=9&page=1'

/** The request that Pilot sends when it loads a module (facts C2); null if none is known. */
export function requestOf(
  module: string,
  workspaceId: string,
): { readonly method: 'GET' | 'POST'; readonly path: string } | null {
  const id = encodeURIComponent(workspaceId)
  switch (module) {
    case 'tsa':
      return { method: 'GET', path: `${API_PATH}/workspaces/${id}/devices/topologies` }
    case 'mission':
      return { method: 'GET', path: `/wayline/api/v1/workspaces/${id}/waylines?${WAYLINES}` }
    case 'media':
      return { method: 'POST', path: `/storage/api/v1/workspaces/${id}/sts` }
    case 'map':
      return { method: 'GET', path: `/map/api/v1/workspaces/${id}/element-groups` }
    default:
      return null
  }
}
