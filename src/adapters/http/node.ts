import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { HttpRequest, HttpResponse } from '../../core/http/types.ts'
import type { CloudInternals, DjiCloud } from '../../dji-cloud.ts'
import { type ParsedBody, readBody } from './body.ts'
import { openBody } from './body-stream.ts'
import { createProxyWarning } from './proxy-warning.ts'

/** What a framework knows about a request that Node's own object does not say. */
export interface FrameworkView {
  /** Path and query below the mount. */
  readonly url: string
  /** The same as it came, mount included. */
  readonly rawUrl: string
  readonly mount: string
  readonly secure: boolean
  readonly host: string
  readonly address: string
  /** Whether the app believes the `x-forwarded-*` of this request. */
  readonly trusted: () => boolean
  /** What body parsers of the host left. */
  readonly parsedBody: () => ParsedBody
}

/** The part that every framework adapter shares: from Node's request to core's answer. Null: not ours. */
/** @param remedy how this framework is told to trust its proxy */
export function createNodeHandler(
  cloud: Pick<DjiCloud, 'attach'> & Pick<CloudInternals, 'http' | 'learnMount' | 'logger'>,
  remedy: string,
) {
  const warnOfProxy = createProxyWarning(cloud.logger, remedy)
  let lastServer: Server | undefined

  return {
    /** Called for every request of the host, so it does no more than compare. */
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
      let signal: AbortSignal | undefined
      warnOfProxy(request.headers, view.trusted)
      const mark = view.url.indexOf('?')
      const ours: HttpRequest = {
        method: request.method ?? 'GET',
        path: mark === -1 ? view.url : view.url.slice(0, mark),
        mount: view.mount,
        rawUrl: view.rawUrl,
        query: new URLSearchParams(mark === -1 ? '' : view.url.slice(mark + 1)),
        headers: request.headers,
        secure: view.secure,
        host: view.host,
        address: view.address,
        readBody: (limit) => readBody(request, view.parsedBody(), limit),
        openBody: (limit, options) => openBody(request, view.parsedBody(), limit, options),
        // Made when it is asked for: most answers are out before anybody could go away.
        get signal() {
          signal ??= signalOf(response)
          return signal
        },
      }
      const answer = await cloud.http.handle(ours)
      // Only what was answered shows where we are: an address can be made up, and the list is short.
      if (answer !== null) cloud.learnMount(view.mount)
      return answer
    },
  }
}

/** Aborts when the connection is gone before the answer is out. */
function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  const gone = (): void => {
    if (!response.writableFinished) controller.abort()
  }
  if (response.destroyed) gone()
  else response.once('close', gone)
  return controller.signal
}
