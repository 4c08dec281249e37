import { Readable } from 'node:stream'
import { isDjiCloudError } from '../errors.ts'
import type { HttpRequest, HttpResponse, StreamedAnswer, StreamedBody } from './types.ts'
import { BODILESS } from './wire.ts'

/**
 * The same answer once its stream has its first byte or its end, so that a source that fails at once is answered as an
 * error. A HEAD reads nothing.
 * @throws what the stream failed with
 */
export async function afterFirstByte(
  answer: StreamedAnswer,
  { method, signal }: Pick<HttpRequest, 'method' | 'signal'>,
): Promise<HttpResponse> {
  const stream = readableOf(answer.body)
  if (method === 'HEAD' || BODILESS.has(answer.status)) {
    discard(stream)
    return { ...answer, body: null }
  }
  const stop = (): void => discard(stream)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  try {
    await firstByte(stream)
  } catch (error) {
    // The client has gone: nobody is left to tell. At the close of the platform there is.
    if (!signal.aborted || isDjiCloudError(signal.reason))
      throw isDjiCloudError(signal.reason) ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', stop)
  }
  return { ...answer, body: stream }
}

/** Node's stream of a body of any kind. */
export function readableOf(body: StreamedBody): Readable {
  if (body instanceof Readable) return body
  // A web stream can be cancelled while it waits; what Readable.from() makes of it cannot.
  if ('getReader' in body) return Readable.fromWeb(body as never)
  return 'pipe' in body && typeof body.pipe === 'function'
    ? new Readable().wrap(body as never)
    : Readable.from(body, { objectMode: false })
}

/**
 * Stops a stream that nobody reads, and ignores its later errors.
 * @param why the error for code that still reads it
 */
export function discard(stream: Readable, why?: Error): void {
  stream.on('error', () => undefined)
  stream.destroy(why)
}

/** Resolves at the first byte or the end; rejects with the stream's error. */
function firstByte(stream: Readable): Promise<void> {
  if (stream.destroyed) return Promise.reject(stream.errored ?? closedEarly())
  if (stream.readableLength > 0 || stream.readableEnded) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      stream.off('readable', ready).off('end', ready).off('close', closed).off('error', settle)
      if (error === undefined) resolve()
      else reject(error)
    }
    const ready = (): void => settle()
    const closed = (): void => settle(stream.errored ?? closedEarly())
    stream.on('readable', ready).on('end', ready).on('close', closed).on('error', settle)
  })
}

const closedEarly = (): Error => new Error('The stream of an answer was closed before its first byte.')
