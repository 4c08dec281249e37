import type { z } from 'zod'
import type { ErrorName } from '../errors.ts'
import type { Role } from '../ports/index.ts'
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
  /** How its errors look. */
  readonly answers: 'json' | 'page'
  readonly input: z.ZodType | null
  /** `stream`: the body is not read but handed to the handler as a `BodyStream`; `input` is then null. */
  readonly body?: 'stream'
  /** False: a stream is left packed as it came. @default true */
  readonly unpack?: boolean
  /** The most bytes that a body may have. @default the option `http.bodyLimit` */
  readonly bodyLimit?: number
  /** Looks at the request before its body is read, and throws to refuse it. */
  readonly admit?: (request: HttpRequest) => unknown
  /** Errors that are answered as the demo answers them, with HTTP 200 (see `declined`), and their `code`. */
  readonly declines?: Declines
  readonly handle: (context: never) => Promise<HttpResponse> | HttpResponse
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
