import type { Readable } from 'node:stream'
import type { Session } from '../ports/index.ts'

/** The body as an adapter found it. `parsed`: a parser of the host ran before us, and left a value, a text or bytes. */
export type IncomingBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array; readonly contentType: string | undefined }
  | { readonly kind: 'parsed'; readonly value: unknown; readonly contentType?: string | undefined }

/** A body that is read while it arrives, for a row with `body: 'stream'`. */
export interface BodyStream {
  /**
   * The bytes. If the client compressed them (gzip, deflate, brotli), they are unpacked, unless the row says `unpack:
   * false`. Fails with BODY_TOO_LARGE at the first byte beyond the row's limit, and with BODY_UNREADABLE if the client
   * goes away or the compressed data is broken. You may destroy it: the client still gets the answer.
   */
  readonly stream: Readable
  /** As the client sent it, such as `image/jpeg` or `multipart/form-data; boundary=...`. Not checked. */
  readonly contentType: string | undefined
  /** In bytes. Null if it is not known before the end: the client sent no length, or the body is compressed. */
  readonly contentLength: number | null
}

export interface BodyOptions {
  readonly unpack?: boolean | undefined
}

/**
 * A request. Adapters make it, handlers read it, and no code changes it. Some fields are made when they are read, so
 * `{ ...request }` does not copy them: copy those that you need by name.
 */
export interface HttpRequest {
  readonly method: string
  /** Below the mount path. Slashes are normalized; the router decodes percent signs. */
  readonly path: string
  /**
   * Path and query as the client sent them to this server, with the mount. Use it to check a signature of the address.
   * A proxy may have changed it.
   */
  readonly rawUrl: string
  /** Where the host mounted us, without a trailing slash: '' or '/drones'. */
  readonly mount: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Whether the client uses `https`. If the host trusts its proxy, the proxy's header decides. */
  readonly secure: boolean
  /** Host name and port as the client sees them. If the host trusts its proxy, they are from the proxy's header. */
  readonly host: string
  /** Remote IP address. If the host trusts its proxy, it is from the proxy's header. */
  readonly address: string
  /** Rejects with BODY_TOO_LARGE, BODY_UNREADABLE or UNSUPPORTED_MEDIA_TYPE. */
  readonly readBody: (limit: number) => Promise<IncomingBody>
  /**
   * The body as a stream. Nothing is read before this call.
   * @param limit in bytes, both as sent and unpacked
   * @param options `unpack: false` leaves any compression as it is. @default true
   * @throws DjiCloudError BODY_TOO_LARGE if the announced length is too large, BODY_UNREADABLE, UNSUPPORTED_MEDIA_TYPE
   */
  readonly openBody: (limit: number, options?: BodyOptions) => BodyStream
  /**
   * Aborts if the client goes away before it has the whole answer, and when the platform closes. Work for this answer
   * may then stop. When the platform closes, the reason is SHUTTING_DOWN, and the answer has a few seconds left before
   * it is cut off.
   */
  readonly signal: AbortSignal
  /**
   * The framework's own request, with everything that the host's middleware has set on it (a session, a user of
   * passport): `Request` of Express, `Context` of Koa, or Node's own request without a framework.
   */
  readonly native: unknown
  /** The id of this request in the log: `request.id` of the host's logger, the header `x-request-id`, or a new one. */
  readonly id: string
}

/**
 * A body that is sent while it is made: a Node or web stream, or a generator. It is read only as fast as the client
 * takes it. If the client goes away, it is destroyed. A generator that is waiting is not interrupted by that, so let it
 * watch `request.signal`.
 */
export type StreamedBody = AsyncIterable<Uint8Array | string>

/** An answer whose body is a stream. */
export interface StreamedAnswer extends HttpResponse {
  readonly body: StreamedBody
}

/** An answer as plain data. An adapter writes it to the framework. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /**
   * Null: no body (204, 304, a redirect). If you know the length of a stream, set `content-length`; if the stream is
   * then longer or shorter, the connection breaks. If a stream fails before its first byte, the client gets the same
   * answer as if the handler had thrown. If it fails later, the connection is closed, so that no client uses an
   * incomplete body as a complete one.
   */
  readonly body: string | Uint8Array | StreamedBody | null
  /** One `Set-Cookie` header each, made with `setCookie()`. The cookies of the host stay. */
  readonly cookies?: readonly string[]
}

export interface Context<Body = unknown> {
  readonly request: HttpRequest
  readonly params: Readonly<Record<string, string>>
  readonly body: Body
  /** What the row's `admit` returned. */
  readonly admitted: unknown
  /** The access token of the request. Not checked. */
  readonly token: string | undefined
}

export interface AuthedContext<Body = unknown> extends Context<Body> {
  readonly session: Session
  readonly token: string
}

/** One request that is being answered. */
export interface Work {
  /** The platform is closing: stop soon, and cleanly if you can. */
  stop(): void
  /** The time to stop has run out: end it now. */
  cut(): void
}

/** Everything that core answers below one mount path. */
export interface HttpPlatform {
  /** A fast test on the raw path. False: the request is certainly the host's. */
  claims(path: string): boolean
  /**
   * Registers a request that is being answered, so that closing can stop it.
   * @returns a function to call when the answer is sent, or when the request is not ours
   */
  begin(work: Work): () => void
  /**
   * Null: the request is not ours, so pass it on. Rejects only with errors that the host's error handler should see.
   */
  handle(request: HttpRequest): Promise<HttpResponse | null>
}
