import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { DjiCloudError } from '../../core/errors.ts'
import { discard } from '../../core/http/outgoing.ts'
import { requestId } from '../../core/http/request-id.ts'
import type {
  BodyOptions,
  BodyStream,
  HttpPlatform,
  HttpRequest,
  HttpResponse,
  IncomingBody,
  Work,
} from '../../core/http/types.ts'
import type { Logger } from '../../core/ports/index.ts'
import { type ParsedBody, readBody } from './body.ts'
import { openBody } from './body-stream.ts'

/** What a framework knows about a request, but Node's own request object does not. */
export interface FrameworkView {
  /** Path and query below the mount. */
  readonly url: string
  /** Path and query as the client sent them, with the mount. */
  readonly rawUrl: string
  readonly mount: string
  readonly secure: () => boolean
  readonly host: () => string
  /** A value and not a function, because the address is not known any more after the client has disconnected. */
  readonly address: string
  /** Whether the app trusts the `x-forwarded-*` headers of this request. */
  readonly trusted: () => boolean
  /** The framework's own request. */
  readonly native: unknown
  /** What the host's body parsers left on the request. */
  readonly parsedBody: () => ParsedBody
}

export interface NodeHandlerParts {
  readonly http: HttpPlatform
  /** Serves upgrades of this server. */
  readonly attach: (server: Server, mount: string) => void
  /** Tells where the host has mounted the platform. */
  readonly learnMount: (mount: string) => void
  readonly logger: Pick<Logger, 'warn'>
}

/**
 * The part that every framework adapter shares: from Node's request to core's answer.
 * @param remedy how to trust a proxy in this framework
 */
export function createNodeHandler({ http, attach, learnMount, logger }: NodeHandlerParts, remedy: string) {
  let lastServer: Server | undefined
  let lastMount: string | undefined
  let warned = false

  /**
   * Logs once that requests come through a proxy which the app does not trust. All clients then have the address of the
   * proxy, so the wrong passwords of one pilot lock out all pilots.
   */
  function warnOfProxy(trusted: () => boolean): void {
    warned = true
    if (trusted()) return
    const message = `Requests come through a proxy that the app does not trust, so all pilots seem to have one address. Set ${remedy}.`
    logger.warn({ header: 'x-forwarded-for' }, message)
  }

  return {
    /** Called for every request of the host, so it only compares texts. */
    adopt(request: IncomingMessage, mount: () => string): void {
      const server = (request.socket as { server?: Server }).server
      if (server === undefined || server === lastServer) return
      lastServer = server
      attach(server, mount())
    },

    claims: (path: string): boolean => http.claims(path),

    /** @returns null: the request is not ours */
    async handle(
      request: IncomingMessage,
      response: ServerResponse,
      view: FrameworkView,
    ): Promise<HttpResponse | null> {
      if (!warned && request.headers['x-forwarded-for'] !== undefined) warnOfProxy(view.trusted)
      const lifetime = createLifetime(response)
      const over = http.begin(lifetime)
      // `over` may be called twice, so `on` does, which costs less than `once`.
      response.on('finish', over).on('close', over)
      try {
        const answer = await http.handle(new NodeRequest(request, view, lifetime))
        if (answer === null) over()
        // Learn the mount only from a request that we answered, because anybody can make up an address.
        else if (view.mount !== lastMount) {
          lastMount = view.mount
          learnMount(view.mount)
        }
        return answer
      } catch (error) {
        // The host answers this request.
        over()
        throw error
      }
    },
  }
}

/** The request for core. Fields that cost time are made only when they are read, because most rows need few of them. */
class NodeRequest implements HttpRequest {
  readonly method: string
  readonly path: string
  readonly #request: IncomingMessage
  readonly #view: FrameworkView
  readonly #lifetime: Lifetime
  #query: URLSearchParams | undefined
  #id: string | undefined

  constructor(request: IncomingMessage, view: FrameworkView, lifetime: Lifetime) {
    const mark = view.url.indexOf('?')
    this.method = request.method ?? 'GET'
    this.path = mark === -1 ? view.url : view.url.slice(0, mark)
    this.#request = request
    this.#view = view
    this.#lifetime = lifetime
  }

  get mount(): string {
    return this.#view.mount
  }
  get rawUrl(): string {
    return this.#view.rawUrl
  }
  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#view.url.slice(this.path.length))
    return this.#query
  }
  get headers(): HttpRequest['headers'] {
    return this.#request.headers
  }
  get secure(): boolean {
    return this.#view.secure()
  }
  get host(): string {
    return this.#view.host()
  }
  get address(): string {
    return this.#view.address
  }
  get native(): unknown {
    return this.#view.native
  }
  get signal(): AbortSignal {
    return this.#lifetime.signal()
  }
  get id(): string {
    const { id } = this.#request as { readonly id?: unknown }
    this.#id ??= requestId(id, this.headers, randomUUID)
    return this.#id
  }

  readBody(limit: number): Promise<IncomingBody> {
    return readBody(this.#request, this.#view.parsedBody(), limit)
  }
  openBody(limit: number, options?: BodyOptions): BodyStream {
    return this.#lifetime.opened(openBody(this.#request, this.#view.parsedBody(), limit, options))
  }
}

/** How long to work on a request: until its answer is sent, its client disconnects, or the platform closes. */
interface Lifetime extends Work {
  /** Aborts when nobody needs the answer any more, or when the platform closes. */
  signal(): AbortSignal
  /** Remembers a body that is read while it arrives. */
  opened(body: BodyStream): BodyStream
}

function createLifetime(response: ServerResponse): Lifetime {
  // Most answers are sent before a client can disconnect, so this is made only when it is needed.
  let controller: AbortController | undefined
  let body: BodyStream | undefined
  let closing = false

  const gone = (): void => {
    if (!response.writableFinished) controller?.abort()
  }

  return {
    signal() {
      if (controller === undefined) {
        controller = new AbortController()
        if (closing) controller.abort(shuttingDown())
        if (response.destroyed) gone()
        else response.once('close', gone)
      }
      return controller.signal
    },
    opened(opened) {
      body = opened
      if (closing) fail(body)
      return body
    },
    stop() {
      closing = true
      controller?.abort(shuttingDown())
      // A client may take minutes to send the rest. So its handler fails now, and the answer says to try again.
      if (body !== undefined) fail(body)
    },
    cut: () => void response.destroy(),
  }
}

function fail({ stream }: BodyStream): void {
  if (!stream.destroyed) discard(stream, shuttingDown())
}

const shuttingDown = (): DjiCloudError =>
  new DjiCloudError('SHUTTING_DOWN', { headers: { 'retry-after': '5' } })
