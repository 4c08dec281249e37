import type { z } from 'zod'
import type { WorkspaceDevices } from '../devices/scoped.ts'
import type { DjiCloudError } from '../errors.ts'
import type { MultipartBody, MultipartLimits } from '../http/multipart.ts'
import type { RowRateLimit } from '../http/routes.ts'
import type { BodyStream, HttpRequest, HttpResponse } from '../http/types.ts'
import type { Role, Session } from '../ports/index.ts'

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
export type Awaitable<Value> = Value | Promise<Value>

/** `token`: a valid access token is needed. `public`: anybody may call it. */
export type RowGuard = 'token' | 'public'
/**
 * `data`: what the handler returns is `data` of the envelope. `http`: it returns a whole answer. `page`: the same, and
 * errors are shown as a page.
 */
export type RowAnswers = 'data' | 'http' | 'page'

/** What `admit` and a `bodyLimit` that is a function look at: nothing of the body has been read. */
export interface AdmitContext {
  readonly request: HttpRequest
  /** What stands in the path for `:name` and `:name+`, decoded once. Never `..`, never with a step of it inside. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
}

/** The same behind a token: who asks. */
export interface GuardedAdmitContext extends AdmitContext {
  /** Its `workspaceId` is the only workspace that the handler may show anything of. */
  readonly session: Session
}

/** What the handler of a route is given. */
export interface RouteContext<Body = unknown, Admitted = unknown> extends AdmitContext {
  /** What `input` made of the body; undefined without `input`. */
  readonly body: Body
  /** What `admit` returned; undefined without one. */
  readonly admitted: Admitted
}

/** The same behind a token: who asks. */
export interface GuardedRouteContext<Body = unknown, Admitted = unknown>
  extends RouteContext<Body, Admitted>,
    GuardedAdmitContext {
  /** The devices of the session's workspace, and no others: what the handler looks up and commands devices with. */
  readonly devices: WorkspaceDevices
}

type AdmitContextOf<Guard extends RowGuard> = Guard extends 'token' ? GuardedAdmitContext : AdmitContext
type ContextOf<Guard extends RowGuard, Body, Admitted> = Guard extends 'token'
  ? GuardedRouteContext<Body, Admitted>
  : RouteContext<Body, Admitted>
/** What a handler returns: `output` binds the data, `answers` the rest. */
type ResultOf<Answers extends RowAnswers, Output extends z.ZodType> = Answers extends 'data'
  ? z.input<Output>
  : HttpResponse

interface RowBase<Guard extends RowGuard, Output extends z.ZodType, Answers extends RowAnswers, Admitted> {
  /** GET rows answer HEAD as well, without the body, where there is no HEAD row. OPTIONS needs `guard: 'public'`. */
  readonly method: Method
  /**
   * Below the mount, such as `/flight-log/api/v1/workspaces/:workspace_id/flights`. `:workspace_id` is compared with the
   * session. `:key+` at the end takes one segment or more: `/files/:key+`. Of rows that fit a path, the narrowest counts.
   */
  readonly path: string
  readonly guard: Guard
  /** With `guard: 'token'`: who may call it. @default every role */
  readonly roles?: (Guard extends 'token' ? readonly Role[] : undefined) | undefined
  /** One line for the API description. */
  readonly summary?: string | undefined
  /** What the answer's `data` looks like: binds what the handler returns, for the API description and the contract tests. */
  readonly output?: Output | undefined
  /** @default 'data' */
  readonly answers?: Answers | undefined
  /**
   * How often it may be called; beyond it 429 with `Retry-After`. Counted where failed logins are: with a shared store, for
   * all nodes together.
   */
  readonly rateLimit?: RowRateLimit | undefined
  /**
   * Looks at the request before its body is read, and throws to refuse it: a signature, a quota. What it returns is
   * `admitted` of the handler. Write it above `handle`, so that its type is known there.
   */
  admit?(context: AdmitContextOf<Guard>): Awaitable<Admitted>
  /**
   * Answers errors in another form than the envelope, such as the XML of S3. Gets every error of the row: a bad token, a
   * refused body, an error of a table. Of anything else that is thrown it gets INTERNAL, after it was logged. Of an
   * answer with a 401 Pilot leaves the cloud.
   */
  onError?(error: DjiCloudError, request: HttpRequest): Awaitable<HttpResponse>
}

/** Largest body, in bytes, or what says so for this request. */
export type BodyLimit<Guard extends RowGuard> =
  | number
  | ((context: AdmitContextOf<Guard> & { readonly admitted: unknown }) => Awaitable<number>)

/** A route whose body is JSON or a form, or that has none. */
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

/** A route that takes its body while it arrives, token and `admit` first: a photo, a route file, a form with files. */
export interface BodyRow<
  Guard extends RowGuard = RowGuard,
  Kind extends 'stream' | 'multipart' = 'stream' | 'multipart',
  Output extends z.ZodType = z.ZodType,
  Answers extends RowAnswers = RowAnswers,
  Admitted = unknown,
> extends RowBase<Guard, Output, Answers, Admitted> {
  /** `stream`: `context.body` is a `BodyStream`. `multipart`: it gives one part of the form after the other. */
  readonly body: Kind
  /** The most bytes that it may have, as sent and as unpacked. */
  readonly bodyLimit: BodyLimit<Guard>
  /**
   * Of a stream, false: the bytes are left as they came, also where `content-encoding` says that they are packed. For what
   * is stored as it is, or has a signature over what was sent. @default true
   */
  readonly unpack?: boolean | undefined
  /** Caps on the parts of a form. */
  readonly multipart?: MultipartLimits | undefined
  handle(
    context: ContextOf<Guard, Kind extends 'stream' ? BodyStream : MultipartBody, Admitted>,
  ): Awaitable<ResultOf<Answers, Output>>
}

/** One row of a plugin's routes. A row without `guard` is a start-up error: nothing is open by accident. */
export type PluginRoute =
  | PlainRow<'token'>
  | PlainRow<'public'>
  | BodyRow<'token', 'stream'>
  | BodyRow<'public', 'stream'>
  | BodyRow<'token', 'multipart'>
  | BodyRow<'public', 'multipart'>

/**
 * Types a row by what it says of itself: its handler's `body` by `input`, `admitted` by `admit`, what it returns by `output`
 * and `answers`.
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
