import type { Session } from '../ports/index.ts'

/** What an adapter found of the body. `parsed`: a parser of the host ran before us, and left a value, a text or bytes. */
export type IncomingBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array; readonly contentType: string | undefined }
  | { readonly kind: 'parsed'; readonly value: unknown; readonly contentType?: string | undefined }

/** A request as plain data. Adapters make it, handlers read it; nobody changes it. */
export interface HttpRequest {
  readonly method: string
  /** Below the mount path, slashes normalised, percent-decoding left to the router. */
  readonly path: string
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
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Null: no body (204, 304). */
  readonly body: string | Uint8Array | null
}

export interface Context<Body = unknown> {
  readonly request: HttpRequest
  readonly params: Readonly<Record<string, string>>
  readonly body: Body
  /** The access token that the request carries, unchecked. */
  readonly token: string | undefined
}

export interface AuthedContext<Body = unknown> extends Context<Body> {
  readonly session: Session
  readonly token: string
}

/** Everything below one mount path that core answers. */
export interface HttpPlatform {
  /** Cheap test on the raw path: false means that the request is certainly the host's. */
  claims(path: string): boolean
  /** Null: not ours, pass it on. Rejects only with what the host's error handler should see. */
  handle(request: HttpRequest): Promise<HttpAnswer | null>
}
