import { Readable } from 'node:stream'
import { isDjiCloudError } from '../errors.ts'
import type { HttpRequest, HttpResponse, StreamedAnswer, StreamedBody } from './types.ts'
import { BODILESS } from './wire.ts'

/**
 * Waits for the first byte of the stream, or for its end, and returns the same answer. So a source that fails at once
 * is answered as an error. For HEAD, nothing is read.
 * @throws the error of the stream
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
    // If the client has disconnected, no answer can be sent. If the platform closes, the client still waits.
    if (!signal.aborted || isDjiCloudError(signal.reason))
      throw isDjiCloudError(signal.reason) ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', stop)
  }
  return { ...answer, body: stream }
}

/** Converts a body of any kind to a Node stream. */
export function readableOf(body: StreamedBody): Readable {
  if (body instanceof Readable) return body
  // A web stream that waits can be cancelled only through Readable.fromWeb(), and not through Readable.from().
  if ('getReader' in body) return Readable.fromWeb(body as never)
  return 'pipe' in body && typeof body.pipe === 'function'
    ? new Readable().wrap(body as never)
    : Readable.from(body, { objectMode: false })
}

/**
 * Stops a stream that nobody reads any more, and ignores its later errors.
 * @param why the error for code that still reads it
 */
export function discard(stream: Readable, why?: Error): void {
  stream.on('error', () => undefined)
  stream.destroy(why)
}

/** Resolves at the first byte or at the end. Rejects with the error of the stream. */
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

const closedEarly = (): Error =>
  new Error(
    'The stream of the answer was closed before its first byte. Let it end normally, or fail with an error.',
  )
