import type { z } from 'zod'
import type { WorkspaceDevices } from '../devices/scoped.ts'
import type { DjiCloudError } from '../errors.ts'
import type { MultipartBody, MultipartLimits } from '../http/multipart.ts'
import type { RowRateLimit } from '../http/routes.ts'
import type { BodyStream, HttpRequest, HttpResponse } from '../http/types.ts'
import type { Role, Session } from '../ports/index.ts'
import type { DocumentAnswer } from './document-answer.ts'

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
export type Awaitable<Value> = Value | Promise<Value>

/**
 * `token`: a valid access token is needed. `browser`: only scripts of the platform's own pages may call it, for rows that
 * trust a cookie; everybody else gets 403 `CROSS_SITE`. `public`: anybody may call it.
 */
export type RowGuard = 'token' | 'browser' | 'public'
/**
 * `data`: what the handler returns is `data` of the envelope. `http`: it returns a whole answer. `page`: the same, and
 * errors are shown as a page. `document`: it returns the name and the values of a page of the plugin (`pages.documents`).
 */
export type RowAnswers = 'data' | 'http' | 'page' | 'document'

/** The request before its body is read: the argument of `admit`, and of a `bodyLimit` that is a function. */
export interface AdmitContext {
  readonly request: HttpRequest
  /** The values of `:name` and `:name+` in the path, decoded once. A value is never `..` and has no `..` segment. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
}

/** The same with the caller's session, for rows with `guard: 'token'`. */
export interface GuardedAdmitContext extends AdmitContext {
  /** The handler may show data of its `workspaceId` only. */
  readonly session: Session
}

/** The argument of a route's handler. */
export interface RouteContext<Body = unknown, Admitted = unknown> extends AdmitContext {
  /** The body, parsed by `input`; undefined without `input`. */
  readonly body: Body
  /** The value that `admit` returned; undefined without `admit`. */
  readonly admitted: Admitted
}

/** The same with the caller's session and devices, for rows with `guard: 'token'`. */
export interface GuardedRouteContext<Body = unknown, Admitted = unknown>
  extends RouteContext<Body, Admitted>,
    GuardedAdmitContext {
  /** Finds and commands devices of the session's workspace, and no others. */
  readonly devices: WorkspaceDevices
}

type AdmitContextOf<Guard extends RowGuard> = Guard extends 'token' ? GuardedAdmitContext : AdmitContext
type ContextOf<Guard extends RowGuard, Body, Admitted> = Guard extends 'token'
  ? GuardedRouteContext<Body, Admitted>
  : RouteContext<Body, Admitted>
/** The type that a handler returns: `output` sets the data, `answers` the form. */
type ResultOf<Answers extends RowAnswers, Output extends z.ZodType> = Answers extends 'data'
  ? z.input<Output>
  : Answers extends 'document'
    ? DocumentAnswer
    : HttpResponse

interface RowBase<Guard extends RowGuard, Output extends z.ZodType, Answers extends RowAnswers, Admitted> {
  /** A GET row also answers HEAD, without the body, unless there is a HEAD row. OPTIONS needs `guard: 'public'`. */
  readonly method: Method
  /**
   * Below the mount, such as `/flight-log/api/v1/workspaces/:workspace_id/flights`. `:workspace_id` must be the session's
   * workspace. `:key+` at the end takes one segment or more: `/files/:key+`. If several rows fit a path, the most specific wins.
   */
  readonly path: string
  readonly guard: Guard
  /**
   * With `guard: 'public'`, in a plugin with logins: true if pages of other sites, or other servers, have to call this row with a
   * method that changes something, such as a provider that posts its answer. The row must not trust a cookie. @default false
   */
  readonly crossSite?: (Guard extends 'public' ? boolean : undefined) | undefined
  /** With `guard: 'token'`: the roles that may call it. @default every role */
  readonly roles?: (Guard extends 'token' ? readonly Role[] : undefined) | undefined
  /** One line for the API description. */
  readonly summary?: string | undefined
  /** Shape of the answer's `data`. It types what the handler returns; the API description and the contract tests use it. */
  readonly output?: Output | undefined
  /** @default 'data' */
  readonly answers?: Answers | undefined
  /**
   * How often it may be called; above it the answer is 429 with `Retry-After`. Counted in `loginRateLimit.store`: with a shared
   * store, all nodes count together.
   */
  readonly rateLimit?: RowRateLimit | undefined
  /**
   * Checks the request before its body is read, for example a signature or a quota. It throws to refuse the request. The handler
   * gets its result as `admitted`. Write it above `handle`: TypeScript needs that to infer the type.
   */
  admit?(context: AdmitContextOf<Guard>): Awaitable<Admitted>
  /**
   * Answers errors in another form than the envelope, such as the XML of S3. It gets every error of the row: a bad
   * token, a refused body, an error of the table. Any other thrown value is logged and arrives as INTERNAL. Avoid the
   * status 401 for requests of Pilot, because on a 401 Pilot leaves the cloud.
   */
  onError?(error: DjiCloudError, request: HttpRequest): Awaitable<HttpResponse>
}

/** Largest body in bytes, or a function that returns it for the request. */
export type BodyLimit<Guard extends RowGuard> =
  | number
  | ((context: AdmitContextOf<Guard> & { readonly admitted: unknown }) => Awaitable<number>)

/** A route with a JSON or form body, or without a body. */
export interface PlainRow<
  Guard extends RowGuard = RowGuard,
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  Answers extends RowAnswers = RowAnswers,
  Admitted = unknown,
> extends RowBase<Guard, Output, Answers, Admitted> {
  readonly body?: undefined
  /** Shape of the body; without one the body is not read. */
  readonly input?: Input | undefined
  /** @default the option http.bodyLimit */
  readonly bodyLimit?: BodyLimit<Guard> | undefined
  handle(context: ContextOf<Guard, z.output<Input>, Admitted>): Awaitable<ResultOf<Answers, Output>>
}

/** A route that reads its body as a stream, after the token and `admit` are checked: a photo, a route file, a form with files. */
export interface BodyRow<
  Guard extends RowGuard = RowGuard,
  Kind extends 'stream' | 'multipart' = 'stream' | 'multipart',
  Output extends z.ZodType = z.ZodType,
  Answers extends RowAnswers = RowAnswers,
  Admitted = unknown,
> extends RowBase<Guard, Output, Answers, Admitted> {
  /** `stream`: `context.body` is a `BodyStream`. `multipart`: `context.body` yields the parts of the form one by one. */
  readonly body: Kind
  /** Largest body in bytes, both as sent and after decompression. */
  readonly bodyLimit: BodyLimit<Guard>
  /**
   * For a stream. False: the bytes stay as they were sent, also if `content-encoding` says that they are compressed. Use it for
   * bodies that are stored unchanged or whose sent bytes are signed. @default true
   */
  readonly unpack?: boolean | undefined
  /** Caps on the parts of a form. */
  readonly multipart?: MultipartLimits | undefined
  handle(
    context: ContextOf<Guard, Kind extends 'stream' ? BodyStream : MultipartBody, Admitted>,
  ): Awaitable<ResultOf<Answers, Output>>
}

/** One row of a plugin's routes. A row without `guard` is a start-up error, so that no route is open by accident. */
export type PluginRoute =
  | PlainRow<'token'>
  | PlainRow<'browser'>
  | PlainRow<'public'>
  | BodyRow<'token', 'stream'>
  | BodyRow<'browser', 'stream'>
  | BodyRow<'public', 'stream'>
  | BodyRow<'token', 'multipart'>
  | BodyRow<'browser', 'multipart'>
  | BodyRow<'public', 'multipart'>

/**
 * Returns the row as it is, with its types inferred: the handler's `body` from `input`, `admitted` from `admit`, its result from
 * `output` and `answers`.
 * @example
 * route({ method: 'POST', path: '/x', guard: 'token', input: z.object({ name: z.string() }), handle: ({ body, session }) => ... })
 */
export function route<
  const Guard extends RowGuard,
  const Kind extends 'stream' | 'multipart',
  Output extends z.ZodType = z.ZodType,
  const Answers extends RowAnswers = 'data',
  Admitted = undefined,
>(row: BodyRow<Guard, Kind, Output, Answers, Admitted>): PluginRoute
export function route<
  const Guard extends RowGuard,
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  const Answers extends RowAnswers = 'data',
  Admitted = undefined,
>(row: PlainRow<Guard, Input, Output, Answers, Admitted>): PluginRoute
export function route(row: object): PluginRoute {
  return row as PluginRoute
}
