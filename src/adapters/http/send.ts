import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import { type Readable, Transform } from 'node:stream'
import { isDjiCloudError } from '../../core/errors.ts'
import { discard, readableOf } from '../../core/http/outgoing.ts'
import type { HttpResponse, StreamedAnswer } from '../../core/http/types.ts'
import { BODILESS, isStreamed } from '../../core/http/wire.ts'
import type { Logger } from '../../core/ports/index.ts'

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

/** Headers that hold a list. Host and platform may both write one, and the client needs the values of both. */
const LISTS = ['vary', 'access-control-expose-headers'] as const

/**
 * Our headers, together with those that the host has set already (cors, compression, a session). Our values are added to
 * lists and cookies. Our other headers replace the host's, such as the page's security policy with its nonce.
 * @param set the value of the host under this lower-case name
 */
export function besideHost(
  { headers, cookies = [] }: Pick<HttpResponse, 'headers' | 'cookies'>,
  set: (name: string) => unknown,
): Readonly<Record<string, string | string[]>> {
  const sent: Record<string, string | string[]> = { ...headers }
  for (const name of LISTS) {
    const ours = headers[name]
    if (ours !== undefined) sent[name] = union(valuesOf(set(name)), ours)
  }
  const own = [...valuesOf(headers['set-cookie']), ...cookies]
  if (own.length > 0) sent['set-cookie'] = [...valuesOf(set('set-cookie')), ...own]
  return sent
}

function valuesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String)
  return value === undefined || value === '' ? [] : [String(value)]
}

/**
 * Names of headers, without duplicates, in upper or lower case. `*` stands for all of them (RFC 9110, section 12.5.5).
 */
function union(theirs: readonly string[], ours: string): string {
  const names = [...theirs, ours].flatMap((list) => list.split(',')).map((name) => name.trim())
  if (names.includes('*')) return '*'
  const seen = new Map(names.filter((name) => name !== '').map((name) => [name.toLowerCase(), name]))
  return [...seen.values()].join(', ')
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
    // In object mode, a piece of the wrong type is passed to `transform`. Otherwise Node would throw.
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

/** At most this many bytes of an unwanted body are read. */
const MOST_DISCARDED = 16 * 1024 * 1024
/** RFC 9113, section 7. Loading `node:http2` for its name would cost every app 14 ms at its start. */
const NO_ERROR = 0

/**
 * Reads and forgets the rest of a request's body. A client that sends its whole body before it reads would otherwise
 * never see the answer. A client that sends more than the bound is disconnected.
 * @param inUse the handler may still read the body, so wait until the answer is sent
 */
export function discardRest(request: IncomingMessage, response: ServerResponse, inUse: boolean): void {
  if (request.complete) return
  const { stream } = request as { readonly stream?: ServerHttp2Stream }
  if (stream?.endAfterHeaders === true) return
  // Node itself reads an HTTP/1 body that nobody touched, up to its announced length. So a usual small body costs nothing here.
  // It resets a stream of HTTP/2 instead. That is allowed (RFC 9113, section 8.1), but curl reports it as an error.
  const isUntouched = stream === undefined && !request.readableDidRead && request.listenerCount('data') === 0
  if (isUntouched && Number(request.headers['content-length']) <= MOST_DISCARDED) return
  const cutOff = (): unknown => (stream === undefined ? request.destroy() : stream.close(NO_ERROR))
  const discard = (): void => {
    let seen = 0
    request.unpipe()
    request.on('data', (chunk: Uint8Array) => {
      seen += chunk.length
      if (seen > MOST_DISCARDED) cutOff()
    })
    request.resume()
  }
  // If nobody reads the body, begin now: with the answer, Node would begin to read it without a bound.
  if (inUse && request.listenerCount('data') > 0) response.once('finish', discard)
  else discard()
}
