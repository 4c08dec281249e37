import type { z } from 'zod'
import type { DjiCloudError, ErrorName } from '../errors.ts'
import type { Role, Session } from '../ports/index.ts'
import type { MultipartLimits } from './multipart.ts'
import type { Except } from './pattern.ts'
import type { AuthedContext, BodyStream, Context, HttpRequest, HttpResponse } from './types.ts'

/**
 * One row of the route table. The dispatcher does what the row says: checks the token, the role and the workspace
 * named in the path, reads and validates the body. The handler is left with its one job.
 */
export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  readonly path: string
  readonly guard: 'public' | 'token'
  /** Who may call it; absent: every role. */
  readonly roles?: readonly Role[]
  readonly except?: Except
  /** Id of the plugin that has it. */
  readonly plugin?: string
  /** How its errors look. */
  readonly answers: 'json' | 'page'
  readonly input: z.ZodType | null
  /** The body is handed to the handler while it arrives, as a `BodyStream` or a `MultipartBody`; `input` is then null. */
  readonly body?: 'stream' | 'multipart'
  /** False: a stream is left packed as it came. @default true */
  readonly unpack?: boolean
  readonly multipart?: MultipartLimits
  /** The most bytes that a body may have, or what says so for a request. @default the option `http.bodyLimit` */
  readonly bodyLimit?:
    | number
    | ((context: BeforeBody & { readonly admitted: unknown }) => number | Promise<number>)
  readonly rateLimit?: RowRateLimit
  /** Looks at the request before its body is read, and throws to refuse it. What it returns is the handler's `admitted`. */
  readonly admit?: (context: BeforeBody) => unknown
  /** Answers errors in a form of its own. */
  readonly onError?: (error: DjiCloudError, request: HttpRequest) => Promise<HttpResponse> | HttpResponse
  /** Errors that are answered as the demo answers them, with HTTP 200 (see `declined`), and their `code`. */
  readonly declines?: Declines
  readonly handle: (context: never) => Promise<HttpResponse> | HttpResponse
  /** What plugins make of each answer of this row. Absent: answers stay as they are. */
  readonly transform?: (answer: HttpResponse, request: HttpRequest) => Promise<HttpResponse>
}

/** How often a row may be called. */
export interface RowRateLimit {
  /** So many calls are let through. */
  readonly attempts: number
  /** In how many seconds. */
  readonly windowSeconds: number
  /**
   * `address`: each network counts by itself, before the token is looked at. `user`: each account, which needs
   * `guard: 'token'`. @default 'address'
   */
  readonly per?: 'address' | 'user' | undefined
}

/** What is known before the body is read. */
export interface BeforeBody {
  readonly request: HttpRequest
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Of a row with a token. */
  readonly session?: Session
}

/** By the error's name. */
export type Declines = Partial<Readonly<Record<ErrorName, number>>> & { readonly [name: string]: number }

type Answer = Promise<HttpResponse> | HttpResponse
type Method = Route['method']

/** Anybody may call it. @param input null: the body does not matter, and is not read */
export function open<Schema extends z.ZodType>(
  method: Method,
  path: string,
  input: Schema | null,
  handle: (context: Context<z.output<Schema>>) => Answer,
  more: { readonly declines?: Declines } = {},
): Route {
  return { method, path, guard: 'public', answers: 'json', input, handle, ...more }
}

/** Needs a valid access token, and its own workspace where the path has `:workspace_id`. */
export function guarded<Schema extends z.ZodType>(
  method: Method,
  path: string,
  input: Schema | null,
  handle: (context: AuthedContext<z.output<Schema>>) => Answer,
  more: Pick<Route, 'roles' | 'declines' | 'except'> = {},
): Route {
  return { method, path, guard: 'token', answers: 'json', input, handle, ...more }
}

/**
 * As `guarded`, with a body of any type that is read while it arrives. Token, role and workspace are checked before.
 * @param bodyLimit in bytes, of what is sent and of what it unpacks to; beyond it the client gets a 413
 */
export function streamed(
  method: Method,
  path: string,
  bodyLimit: number,
  handle: (context: AuthedContext<BodyStream>) => Answer,
  more: { readonly roles?: readonly Role[]; readonly declines?: Declines } = {},
): Route {
  return { ...guarded(method, path, null, handle as never, more), body: 'stream', bodyLimit }
}

/** A page or one of its assets: no body, no token needed to ask. */
export function page(path: string, handle: (context: Context) => Answer): Route {
  return { method: 'GET', path, guard: 'public', answers: 'page', input: null, handle }
}
