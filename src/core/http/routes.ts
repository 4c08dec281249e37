import type { z } from 'zod'
import type { DjiCloudError, ErrorName } from '../errors.ts'
import type { DocumentAnswer } from '../plugins/document-answer.ts'
import type { Role, Session } from '../ports/index.ts'
import type { MultipartLimits } from './multipart.ts'
import type { Except } from './pattern.ts'
import type { AuthedContext, Context, HttpRequest, HttpResponse } from './types.ts'

/**
 * One row of the route table. The dispatcher does what the row says: it checks the token, the role and the workspace in
 * the path, then reads and validates the body. The handler does only its own work.
 */
export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  readonly path: string
  /** `browser`: only scripts of our own pages, because a cookie decides which user the request is for. */
  readonly guard: 'public' | 'browser' | 'token'
  /** Who may call it. Absent: every role. */
  readonly roles?: readonly Role[]
  readonly except?: Except
  /** The id of the plugin that added this row. */
  readonly plugin?: string
  /** The form of its error answers. */
  readonly answers: 'json' | 'page'
  readonly input: z.ZodType | null
  /** The handler gets the body while it arrives, as a `BodyStream` or a `MultipartBody`; `input` is then null. */
  readonly body?: 'stream' | 'multipart'
  /** False: a compressed stream is not unpacked. @default true */
  readonly unpack?: boolean
  readonly multipart?: MultipartLimits
  /** The largest body in bytes, or a function that gives it for a request. @default the option `http.bodyLimit` */
  readonly bodyLimit?:
    | number
    | ((context: BeforeBody & { readonly admitted: unknown }) => number | Promise<number>)
  readonly rateLimit?: RowRateLimit
  /**
   * Looks at the request before its body is read, and throws to refuse it. The handler gets the result as `admitted`.
   */
  readonly admit?: (context: BeforeBody) => unknown
  /** Answers errors in the row's own form. */
  readonly onError?: (error: DjiCloudError, request: HttpRequest) => Promise<HttpResponse> | HttpResponse
  /** Errors that are answered like the demo answers them, with HTTP 200 (see `declined`), and the `code` of each. */
  readonly declines?: Declines
  readonly handle: (context: never) => Promise<HttpResponse> | HttpResponse
  /** Set for a row of a plugin that shows a page of the plugin. `withDocuments` makes `handle` from it. */
  readonly document?: (context: Context | AuthedContext) => Promise<DocumentAnswer>
  /** The changes that plugins make to each answer of this row. Absent: no plugin changes them. */
  readonly transform?: (answer: HttpResponse, request: HttpRequest) => Promise<HttpResponse>
}

/** How often a row may be called. */
export interface RowRateLimit {
  /** The number of calls that are allowed. */
  readonly attempts: number
  /** The time in which they are counted, in seconds. */
  readonly windowSeconds: number
  /**
   * `address`: counts each network separately, before the token is checked. `user`: counts each account; needs `guard:
   * 'token'`. @default 'address'
   */
  readonly per?: 'address' | 'user' | undefined
}

/** What is known before the body is read. */
export interface BeforeBody {
  readonly request: HttpRequest
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Present if the row needs a token. */
  readonly session?: Session
}

/** The `code` for each error name. */
export type Declines = Partial<Readonly<Record<ErrorName, number>>> & { readonly [name: string]: number }

type Answer = Promise<HttpResponse> | HttpResponse
type Method = Route['method']

/**
 * Anybody may call it.
 * @param input null: the body does not matter, and is not read
 */
export function open<Schema extends z.ZodType>(
  method: Method,
  path: string,
  input: Schema | null,
  handle: (context: Context<z.output<Schema>>) => Answer,
  more: { readonly declines?: Declines } = {},
): Route {
  return { method, path, guard: 'public', answers: 'json', input, handle, ...more }
}

/** Needs a valid access token. If the path has `:workspace_id`, that must be the workspace of the token. */
export function guarded<Schema extends z.ZodType>(
  method: Method,
  path: string,
  input: Schema | null,
  handle: (context: AuthedContext<z.output<Schema>>) => Answer,
  more: Pick<Route, 'roles' | 'declines' | 'except'> = {},
): Route {
  return { method, path, guard: 'token', answers: 'json', input, handle, ...more }
}

/** A page or one of its assets: it has no body, and needs no token. */
export function page(path: string, handle: (context: Context) => Answer): Route {
  return { method: 'GET', path, guard: 'public', answers: 'page', input: null, handle }
}
