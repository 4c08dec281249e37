import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import {
  type BodyStream,
  DjiCloudError,
  definePlugin,
  fileResponse,
  type GuardedRouteContext,
  type HttpResponse,
  type PluginRoute,
  redirectResponse,
  route,
  success,
} from '../../src/plugin.ts'

export const ROWS_AT = '/manage/api/v1/streams'
/** Of `hash` and `ignore`, in bytes. */
export const SMALL_LIMIT = 1_000_000
const LARGE_LIMIT = 200_000_000

/** `opened`, `read` (bytes so far), `made` (bytes so far), `aborted` (of the signal), `failed` (error), `destroyed`. */
export const seen = new EventEmitter()

export const FILE = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251))
const CHUNK = 64 * 1024

/** As many bytes as are asked for, made when they are asked for. */
export function bytesOnDemand(total: number, failAt = Number.POSITIVE_INFINITY): Readable {
  let made = 0
  return new Readable({
    read() {
      if (made >= failAt) return void this.destroy(new Error('the storage went away'))
      const size = Math.min(CHUNK, total - made)
      if (size === 0) return void this.push(null)
      made += size
      seen.emit('made', made)
      this.push(Buffer.alloc(size, 7))
    },
    destroy(error, done) {
      seen.emit('destroyed', made)
      done(error)
    },
  })
}

const octets = (
  body: HttpResponse['body'],
  headers: Readonly<Record<string, string>> = {},
): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'application/octet-stream', ...headers },
  body,
})

type Handle<Body> = (context: GuardedRouteContext<Body>) => HttpResponse | Promise<HttpResponse>

const guarded = (method: 'GET', path: string, handle: Handle<unknown>): PluginRoute =>
  route({ method, path, guard: 'token', answers: 'http', handle })

const streamed = (
  method: 'POST',
  path: string,
  bodyLimit: number,
  handle: Handle<BodyStream>,
  more: { readonly roles?: readonly ['web'] } = {},
): PluginRoute =>
  route({ method, path, guard: 'token', body: 'stream', bodyLimit, answers: 'http', handle, ...more })

/** Every way to take a body and to answer with one. */
export const streamPlugin = () => definePlugin({ id: 'streams', setup: () => ({ routes: streamRows() }) })

const streamRows = (): PluginRoute[] => [
  streamed('POST', `${ROWS_AT}/:workspace_id/hash`, SMALL_LIMIT, async ({ body, request }) => {
    seen.emit('opened')
    request.signal.addEventListener('abort', () => seen.emit('aborted'))
    const hash = createHash('sha256')
    let size = 0
    try {
      for await (const chunk of body.stream) {
        hash.update(chunk)
        size += chunk.length
        seen.emit('read', size)
      }
    } catch (error) {
      seen.emit('failed', error)
      throw error
    }
    return success({ size, hash: hash.digest('hex'), type: body.contentType, length: body.contentLength })
  }),
  streamed('POST', `${ROWS_AT}/:workspace_id/ignore`, SMALL_LIMIT, async () => success({})),
  streamed('POST', `${ROWS_AT}/:workspace_id/wait`, SMALL_LIMIT, async ({ request }) => {
    const gone = once(request.signal, 'abort')
    seen.emit('opened')
    await gone
    seen.emit('aborted')
    return success({})
  }),
  streamed('POST', `${ROWS_AT}/:workspace_id/abandon`, LARGE_LIMIT, async ({ body }) => {
    for await (const _ of body.stream) break
    throw new DjiCloudError('DEVICE_OFFLINE')
  }),
  streamed(
    'POST',
    `${ROWS_AT}/:workspace_id/web`,
    SMALL_LIMIT,
    () => {
      seen.emit('opened')
      return success({})
    },
    { roles: ['web'] },
  ),
  streamed('POST', `${ROWS_AT}/:workspace_id/echo`, LARGE_LIMIT, ({ body }) => octets(body.stream)),
  streamed('POST', `${ROWS_AT}/:workspace_id/slow`, LARGE_LIMIT, async ({ body }) => {
    let size = 0
    for await (const chunk of body.stream) {
      size += chunk.length
      seen.emit('read', size)
      await setImmediate()
    }
    return success({ size })
  }),
  guarded('GET', `${ROWS_AT}/file`, ({ request }) =>
    fileResponse(request, {
      ...{ size: FILE.length, type: 'image/jpeg', etag: 'v1', modifiedAt: 1_700_000_000_000 },
      open: (range) => Readable.from([range === null ? FILE : FILE.subarray(range.start, range.end + 1)]),
    }),
  ),
  guarded('GET', `${ROWS_AT}/made/:total`, ({ params, request }) => {
    request.signal.addEventListener('abort', () => seen.emit('aborted'))
    return octets(bytesOnDemand(Number(params['total'])), { 'content-length': params['total'] ?? '' })
  }),
  guarded('GET', `${ROWS_AT}/generator`, () =>
    octets(
      (async function* () {
        yield 'grüße '
        yield new Uint8Array([104, 105])
      })(),
    ),
  ),
  guarded('GET', `${ROWS_AT}/web-stream`, () => octets(new Blob(['of the web']).stream())),
  guarded('GET', `${ROWS_AT}/nothing`, () => octets(Readable.from([]))),
  guarded('GET', `${ROWS_AT}/elsewhere`, () =>
    redirectResponse('https://files.example.com/a b?X-Amz-Signature=fake'),
  ),
  guarded('GET', `${ROWS_AT}/fails/:at/:name`, ({ params }) => {
    if (params['name'] === 'at-once')
      return octets(
        new Readable({
          read() {
            this.destroy(new DjiCloudError('DEVICE_OFFLINE'))
          },
        }),
      )
    return octets(bytesOnDemand(1e9, Number(params['at'])))
  }),
  guarded('GET', `${ROWS_AT}/wrong-length/:length`, ({ params }) =>
    octets(Readable.from(['12345', '67890']), { 'content-length': params['length'] ?? '' }),
  ),
  guarded('GET', `${ROWS_AT}/objects`, () => octets(Readable.from(['text', { a: 1 }]) as never)),
]
