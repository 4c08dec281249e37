import {
  type BodyStream,
  type DjiCloudError,
  type HttpRequest,
  type HttpResponse,
  type PluginContext,
  type PluginRoute,
  type RouteContext,
  route,
} from '../../plugin.ts'
import { readBucket } from './bucket.ts'
import { admitCall, type Call, type ObjectParts, post, read, remove, write } from './objects.ts'
import { placeOf, ROOT, signedAs } from './places.ts'
import { Refusal, refusalOf } from './refusal.ts'
import type { createTemporaryKeys } from './temporary-keys.ts'
import { type Verified, verify } from './verify.ts'
import { refusalResponse } from './xml.ts'

export interface S3Parts extends ObjectParts {
  readonly context: PluginContext
  readonly keys: Pick<ReturnType<typeof createTemporaryKeys>, 'open'>
  readonly region: string
  /** Resolves when the files on the disk are counted. */
  readonly counted: () => Promise<unknown>
}

/** The rows of the S3 server. Everybody may call them: each checks the signature before it does anything. */
export function s3Rows(parts: S3Parts): readonly PluginRoute[] {
  const { context, keys, region, maxFileBytes, counted } = parts
  const objects = `/${ROOT}/:key+`
  // The signatures of the pieces of a body need more bytes than the content.
  const bodyLimit = Math.ceil(maxFileBytes * 1.02) + 1024 * 1024

  const checked = (request: HttpRequest): Verified =>
    verify(request, {
      ...{ keys, region, now: context.clock.now() },
      signedAs: signedAs(request, context.publicBase(request)),
    })

  /** Answers what is thrown as S3 does. */
  async function answered(request: HttpRequest, work: () => Promise<HttpResponse>): Promise<HttpResponse> {
    try {
      await counted()
      return await work()
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal !== null) return refusalResponse(refusal, request.path, request.id)
      context.logger.error({ err: error }, 'The storage of files failed. See the error.')
      return refusalResponse(new Refusal('InternalError'), request.path, request.id)
    }
  }
  const onError = (error: DjiCloudError, request: HttpRequest): HttpResponse =>
    refusalResponse(refusalOf(error) ?? new Refusal('InternalError', error.message), request.path, request.id)

  const called = ({ request, query, params: { key = '' } }: RouteContext<unknown, unknown>): Call => {
    const { bucket } = placeOf(context.publicBase(request))
    const call = { request, query, key, bucket, verified: checked(request) }
    admitCall(call)
    return call
  }
  const common = { path: objects, guard: 'public', answers: 'http', onError } as const
  const streamed = { ...common, body: 'stream', bodyLimit, unpack: false } as const
  const withBody =
    (work: (parts: S3Parts, call: Call, body: BodyStream) => Promise<HttpResponse>) =>
    (given: RouteContext<BodyStream, unknown>): Promise<HttpResponse> =>
      answered(given.request, () => work(parts, called(given), given.body))
  const bare =
    (work: (parts: S3Parts, call: Call) => Promise<HttpResponse>) =>
    (given: RouteContext<unknown, unknown>): Promise<HttpResponse> =>
      answered(given.request, () => work(parts, called(given)))

  return [
    route({
      ...common,
      method: 'GET',
      summary: 'Reads a file of the storage, as S3 does',
      handle: bare(read),
    }),
    route({ ...streamed, method: 'PUT', summary: 'Stores a file, as S3 does', handle: withBody(write) }),
    route({
      ...streamed,
      method: 'POST',
      summary: 'Begins or completes an upload in parts, as S3 does',
      handle: withBody(post),
    }),
    route({
      ...common,
      method: 'DELETE',
      summary: 'Gives up an upload in parts, as S3 does',
      handle: bare(remove),
    }),
    route({
      ...common,
      method: 'GET',
      path: `/${ROOT}`,
      summary: 'Lists files below the prefix of the credentials, as S3 does',
      handle: ({ request, query }) =>
        answered(request, async () => {
          const { bucket, lead } = placeOf(context.publicBase(request))
          const { grant } = checked(request)
          // Below a mount, the address of the bucket belongs to the app.
          if (lead !== '') throw new Refusal('NoSuchKey')
          return readBucket(parts, { method: request.method, query, grant, bucket, region })
        }),
    }),
  ]
}
