import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, type ServerHttp2Stream } from 'node:http2'
import { type Readable, Transform } from 'node:stream'
import { isDjiCloudError } from '../../core/errors.ts'
import { BODILESS, discard, isStreamed, readableOf, type StreamedAnswer } from '../../core/http/outgoing.ts'
import type { HttpResponse } from '../../core/http/types.ts'
import type { Logger } from '../../core/ports/index.ts'
import { besideHost } from './answer-headers.ts'

/** Writes an answer to Node's own response. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: HttpResponse,
  logger: Logger,
): void {
  const { status, body } = answer
  if (response.headersSent || response.destroyed) {
    if (isStreamed(answer)) discard(readableOf(answer.body))
    return
  }
  discardRest(request, response, isStreamed(answer))
  const all = besideHost(answer, (name) => response.getHeader(name))
  if (isStreamed(answer)) {
    response.writeHead(status, all)
    outflow(request, response, answer, logger).pipe(response)
  } else if (typeof body === 'string' || body instanceof Uint8Array)
    response.writeHead(status, { ...all, 'content-length': Buffer.byteLength(body) }).end(body)
  else if (request.method === 'HEAD' || BODILESS.has(status)) response.writeHead(status, all).end()
  else response.writeHead(status, { ...all, 'content-length': 0 }).end()
}

/**
 * Sends a stream to the client and never fails. If the source fails, or its length differs from the header, the
 * connection is closed, because the status was already sent. When the client disconnects, the source is destroyed.
 */
export function outflow(
  request: IncomingMessage,
  response: ServerResponse,
  answer: StreamedAnswer,
  logger: Logger,
): Readable {
  const source = readableOf(answer.body)
  const announced = answer.headers['content-length']
  let sent = 0
  let over = false

  const fail = (err: unknown): void => {
    if (over) return
    over = true
    if (isDjiCloudError(err) && err.code === 'SHUTTING_DOWN') return void response.destroy()
    const path = request.url?.split('?')[0]
    logger.error({ err, path, sent }, 'An answer broke off: its stream failed. The connection was closed.')
    response.destroy()
  }
  const out = new Transform({
    // In the manner of objects, so that a wrong piece is told to us and not thrown at the process.
    writableObjectMode: true,
    transform(piece: unknown, _encoding, done) {
      if (typeof piece !== 'string' && !(piece instanceof Uint8Array))
        return fail(new TypeError('A streamed answer takes bytes and text only.'))
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
      sent += bytes.length
      if (announced !== undefined && sent > Number(announced)) fail(wrongLength(announced))
      else done(null, bytes)
    },
    flush(done) {
      if (announced !== undefined && sent !== Number(announced)) fail(wrongLength(announced))
      else done()
    },
  })
  source.on('error', fail)
  if (source.destroyed) fail(source.errored ?? new Error('The stream was closed before its end.'))
  source.once('close', () => {
    if (!source.readableEnded) fail(new Error('The stream was closed before its end.'))
  })
  // A write to a closed connection causes an error. After the pipe is undone, pipe() no longer handles it.
  response.on('error', () => undefined)
  response.once('close', () => {
    over = true
    discard(source)
    out.destroy()
  })
  return source.pipe(out)
}

const wrongLength = (announced: string): Error =>
  new Error(`The stream does not have the ${announced} bytes that content-length says.`)

/** How many bytes of an unwanted body are read at most. */
const MOST_DISCARDED = 16 * 1024 * 1024

/**
 * Reads what is left of a body beside or after the answer to it: a client that sends first and reads then would never
 * see the answer. Not without end: a client that goes on and on is cut off.
 * @param inUse the handler may still be reading: then after the answer
 */
export function discardRest(request: IncomingMessage, response: ServerResponse, inUse: boolean): void {
  if (request.complete) return
  const { stream } = request as { readonly stream?: ServerHttp2Stream }
  // HTTP/2 has a code for this: the answer is complete, send no more (RFC 9113, section 8.1).
  if (stream !== undefined) {
    if (!stream.endAfterHeaders) response.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR))
    return
  }
  // Node itself reads a body that nobody touched, and its length is the bound: the usual small body costs nothing here.
  const isUntouched = !request.readableDidRead && request.listenerCount('data') === 0
  if (isUntouched && Number(request.headers['content-length']) <= MOST_DISCARDED) return
  const discard = (): void => {
    let seen = 0
    request.unpipe()
    request.on('data', (chunk: Uint8Array) => {
      seen += chunk.length
      if (seen > MOST_DISCARDED) request.destroy()
    })
    request.resume()
  }
  // At once where it can be: with the answer, Node itself begins to read a body that nobody touched, without a bound.
  if (inUse && request.listenerCount('data') > 0) response.once('finish', discard)
  else discard()
}
