import type { Readable } from 'node:stream'
import type { Session } from '../ports/index.ts'

/** What an adapter found of the body. `parsed`: a parser of the host ran before us, and left a value, a text or bytes. */
export type IncomingBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array; readonly contentType: string | undefined }
  | { readonly kind: 'parsed'; readonly value: unknown; readonly contentType?: string | undefined }

/** A body that is read while it arrives, for a row with `body: 'stream'`. */
export interface BodyStream {
  /**
   * The bytes, unpacked where the client sent them packed (gzip, deflate, brotli) and the row does not say `unpack: false`. Fails with BODY_TOO_LARGE at the first
   * byte beyond the row's cap, and with BODY_UNREADABLE when the client goes away or its packing is broken. Destroying it
   * is allowed: the client still gets the answer.
   */
  readonly stream: Readable
  /** As the client sent it, unchecked: `image/jpeg`, `multipart/form-data; boundary=...`. */
  readonly contentType: string | undefined
  /** In bytes; null where it is not known before the end: no length was sent, or the body is packed. */
  readonly contentLength: number | null
}

export interface BodyOptions {
  readonly unpack?: boolean | undefined
}

/** A request as plain data. Adapters make it, handlers read it; nobody changes it. */
export interface HttpRequest {
  readonly method: string
  /** Below the mount path, slashes normalized, percent-decoding left to the router. */
  readonly path: string
  /**
   * Path and query as the client sent them to this server, mount included: what a signature was made of. A proxy may have
   * changed them on the way.
   */
  readonly rawUrl: string
  /** Where the host mounted us, without a trailing slash: '' or '/drones'. */
  readonly mount: string
  readonly query: URLSearchParams
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** `https` as far as the host's own trust-proxy setting says. */
  readonly secure: boolean
  /** Host name and port as the client sees them, as far as the host trusts its proxies. */
  readonly host: string
  /** Remote IP address, likewise. */
  readonly address: string
  /** Rejects with BODY_TOO_LARGE, BODY_UNREADABLE or UNSUPPORTED_MEDIA_TYPE. */
  readonly readBody: (limit: number) => Promise<IncomingBody>
  /**
   * The body as a stream. Nothing is read before this is called.
   * @param limit in bytes, of what was sent and of what it unpacks to
   * @param options `unpack: false` leaves it packed as it came, in whatever encoding. @default true
   * @throws DjiCloudError BODY_TOO_LARGE where the announced length says so, BODY_UNREADABLE, UNSUPPORTED_MEDIA_TYPE
   */
  readonly openBody: (limit: number, options?: BodyOptions) => BodyStream
  /**
   * Aborts when the client goes away before it has the whole answer, and when the platform closes: work for it may then
   * stop. At the close its reason is SHUTTING_DOWN, and the answer has a few seconds left before it is cut off.
   */
  readonly signal: AbortSignal
  /**
   * The framework's own request, with what the host's middleware left on it (a session, a user of passport): `Request` of
   * Express, `Context` of Koa, Node's own without a framework.
   */
  readonly native: unknown
  /** By what the log names this request: `request.id` of the host's logger, the header `x-request-id`, or a new one. */
  readonly id: string
}

/**
 * A body that is sent while it is made: a Node or web stream, or a generator. It is asked for more as fast as the client
 * takes it. When the client goes away it is destroyed; a generator that waits for something else then is not
 * interrupted, so let it watch `request.signal`.
 */
export type StreamedBody = AsyncIterable<Uint8Array | string>

/** An answer whose body is a stream. */
export interface StreamedAnswer extends HttpResponse {
  readonly body: StreamedBody
}

/** An answer as plain data, which an adapter writes to the framework. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /**
   * Null: none (204, 304, a redirect). A stream may have its `content-length` among the headers: an answer that turns out
   * longer or shorter breaks the connection. One that fails before its first byte is answered as if the handler had
   * thrown; later, the connection is closed, so that no client takes half an answer for a whole one.
   */
  readonly body: string | Uint8Array | StreamedBody | null
  /** One `Set-Cookie` each, beside what the host sets; `setCookie()` makes them. */
  readonly cookies?: readonly string[]
}

export interface Context<Body = unknown> {
  readonly request: HttpRequest
  readonly params: Readonly<Record<string, string>>
  readonly body: Body
  /** What `admit` of the row returned. */
  readonly admitted: unknown
  /** The access token that the request carries, unchecked. */
  readonly token: string | undefined
}

export interface AuthedContext<Body = unknown> extends Context<Body> {
  readonly session: Session
  readonly token: string
}

/** One request that is being answered. */
export interface Work {
  /** The platform closes: stop soon, without harm where that is possible. */
  stop(): void
  /** The time is over: end it now. */
  cut(): void
}

/** Everything below one mount path that core answers. */
export interface HttpPlatform {
  /** Cheap test on the raw path: false means that the request is certainly the host's. */
  claims(path: string): boolean
  /**
   * Tells of a request that is being answered, so that closing stops it.
   * @returns what to call when its answer is out, or is not ours
   */
  begin(work: Work): () => void
  /** Null: not ours, pass it on. Rejects only with what the host's error handler should see. */
  handle(request: HttpRequest): Promise<HttpResponse | null>
}
