import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { requestId } from '../../core/http/request-id.ts'
import type { HttpRequest, HttpResponse } from '../../core/http/types.ts'
import type { CloudInternals, DjiCloud } from '../../dji-cloud.ts'
import { type ParsedBody, readBody } from './body.ts'
import { openBody } from './body-stream.ts'
import { createLifetime, type Lifetime } from './lifetime.ts'
import { createProxyWarning } from './proxy-warning.ts'

/** What a framework knows about a request, but Node's own request object does not. */
export interface FrameworkView {
  /** Path and query below the mount. */
  readonly url: string
  /** Path and query as the client sent them, with the mount. */
  readonly rawUrl: string
  readonly mount: string
  readonly secure: boolean
  readonly host: string
  readonly address: string
  /** Whether the app trusts the `x-forwarded-*` headers of this request. */
  readonly trusted: () => boolean
  /** The framework's own request. */
  readonly native: unknown
  /** What the host's body parsers left on the request. */
  readonly parsedBody: () => ParsedBody
}

/**
 * The part that every framework adapter shares: from Node's request to core's answer. Null: not ours.
 * @param remedy how to trust a proxy in this framework
 */
export function createNodeHandler(
  cloud: Pick<DjiCloud, 'attach'> & Pick<CloudInternals, 'http' | 'learnMount' | 'logger'>,
  remedy: string,
) {
  const warnOfProxy = createProxyWarning(cloud.logger, remedy)
  let lastServer: Server | undefined

  return {
    /** Called for every request of the host, so it only compares texts. */
    adopt(request: IncomingMessage, mount: () => string): void {
      const server = (request.socket as { server?: Server }).server
      if (server === undefined || server === lastServer) return
      lastServer = server
      cloud.attach(server, mount())
    },

    claims: (path: string): boolean => cloud.http.claims(path),

    async handle(
      request: IncomingMessage,
      response: ServerResponse,
      view: FrameworkView,
    ): Promise<HttpResponse | null> {
      warnOfProxy(request.headers, view.trusted)
      const lifetime = createLifetime(response)
      const over = cloud.http.begin(lifetime)
      response.once('finish', over).once('close', over)
      try {
        const answer = await cloud.http.handle(requestOf(request, view, lifetime))
        // Only what was answered shows where we are: an address can be made up, and the list is short.
        if (answer === null) over()
        else cloud.learnMount(view.mount)
        return answer
      } catch (error) {
        // The host answers this one.
        over()
        throw error
      }
    },
  }
}

/** What core is given of a request. What costs something is made when it is asked for. */
function requestOf(request: IncomingMessage, view: FrameworkView, lifetime: Lifetime): HttpRequest {
  const mark = view.url.indexOf('?')
  let id: string | undefined
  return {
    method: request.method ?? 'GET',
    path: mark === -1 ? view.url : view.url.slice(0, mark),
    mount: view.mount,
    rawUrl: view.rawUrl,
    query: new URLSearchParams(mark === -1 ? '' : view.url.slice(mark + 1)),
    headers: request.headers,
    secure: view.secure,
    host: view.host,
    address: view.address,
    native: view.native,
    readBody: (limit) => readBody(request, view.parsedBody(), limit),
    openBody: (limit, options) => lifetime.opened(openBody(request, view.parsedBody(), limit, options)),
    get signal() {
      return lifetime.signal()
    },
    get id() {
      id ??= requestId((request as { readonly id?: unknown }).id, request.headers, randomUUID)
      return id
    },
  }
}
