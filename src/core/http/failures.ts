import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { Logger } from '../ports/index.ts'
import { afterFirstByte } from './outgoing.ts'
import type { Route } from './routes.ts'
import type { HttpRequest, HttpResponse } from './types.ts'
import { declined, failure, isStreamed, STATUS_HEADER } from './wire.ts'

/**
 * Makes answers of what handlers throw: of an expected error in the form of its row, as JSON or as a page. The promise
 * rejects with any other error, for the error handler of the host.
 */
export function createFailures(parts: {
  readonly errorPage: (error: DjiCloudError, request: HttpRequest) => Promise<HttpResponse>
  readonly logger: Logger
}): (thrown: unknown, route: Route, request: HttpRequest) => Promise<HttpResponse> {
  const { errorPage, logger } = parts

  /**
   * If making the row's own form of an error fails too, that is logged, and the error is answered in the usual form.
   */
  async function ownAnswer(
    onError: NonNullable<Route['onError']>,
    error: DjiCloudError,
    route: Route,
    request: HttpRequest,
  ): Promise<HttpResponse> {
    try {
      const made = await onError(error, request)
      return isStreamed(made) ? await afterFirstByte(made, request) : made
    } catch (thrown) {
      unexpected(thrown, route, request)
      return failure(error)
    }
  }

  /** The host's error handler does not know which plugin failed, so that is logged here. */
  function unexpected(thrown: unknown, route: Route, request: HttpRequest): Error {
    const error = asError(thrown, `${route.method} ${route.path}`)
    if (route.plugin !== undefined)
      logger.error({ err: error, ...where(route, request) }, 'A route of a plugin failed. See the error.')
    return error
  }

  return async (error, route, request) => {
    if (!isDjiCloudError(error) || error.code === 'VIEW') {
      const failed = unexpected(error, route, request)
      if (route.onError === undefined) throw failed
      return ownAnswer(route.onError, new DjiCloudError('INTERNAL', { cause: failed }), route, request)
    }
    if (error.status >= 500 && error.code !== 'SHUTTING_DOWN')
      logger.error({ err: error.cause ?? error, error: error.code, ...where(route, request) }, error.message)
    if (route.onError !== undefined) return ownAnswer(route.onError, error, route, request)
    if (route.answers === 'page') return errorPage(error, request)
    const code = route.declines?.[error.code]
    return code === undefined || wantsStatus(request) ? failure(error) : declined(error, code)
  }
}

/** A handler may throw anything, even `undefined`. An object may hold secrets, so only plain values are kept as `cause`. */
function asError(thrown: unknown, row: string): Error {
  if (thrown instanceof Error) return thrown
  const isPlain = thrown === null || typeof thrown !== 'object'
  const what = thrown === null ? 'null' : typeof thrown
  return new Error(
    `The handler of ${row} threw a value that is not an Error: ${what}.`,
    isPlain ? { cause: thrown } : {},
  )
}

/** For the log. It names the row, not the address, because an address may hold secrets. */
const where = ({ method, path, plugin }: Route, { id }: HttpRequest) => ({
  ...(plugin === undefined ? {} : { plugin }),
  ...{ method, path, requestId: id },
})

/** True for a client that was not written for the demo, and wants every error with its HTTP status. */
const wantsStatus = ({ headers }: HttpRequest): boolean => headers[STATUS_HEADER] === 'http'
