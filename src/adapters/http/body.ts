import type { IncomingMessage } from 'node:http'
import rawBody from 'raw-body'
import { DjiCloudError } from '../../core/errors.ts'
import type { IncomingBody } from '../../core/http/types.ts'

/**
 * Reads the body once, capped, while it can be read; otherwise takes what a parser of the host made of it.
 * @param parsed what the host's parser left (`req.body`, `ctx.request.body`); undefined when there was none
 * @throws DjiCloudError BODY_TOO_LARGE, BODY_UNREADABLE
 */
export async function readBody(
  request: IncomingMessage,
  parsed: unknown,
  limit: number,
): Promise<IncomingBody> {
  const untouched = request.readable && !request.readableDidRead
  const empty =
    request.headers['transfer-encoding'] === undefined && Number(request.headers['content-length'] ?? 0) === 0
  // Express 4 leaves `{}` in req.body when its parser skipped this request: the stream is then still unread.
  if (parsed !== undefined && (!untouched || empty)) return { kind: 'parsed', value: parsed }
  if (empty) return { kind: 'none' }
  if (!untouched) {
    throw new DjiCloudError('BODY_UNREADABLE', {
      message: 'Something before dji-cloud read the body and left nothing.',
    })
  }
  try {
    const bytes = await rawBody(request, { limit, length: request.headers['content-length'] ?? null })
    return { kind: 'raw', bytes, contentType: request.headers['content-type'] }
  } catch (error) {
    const type = (error as { type?: unknown }).type
    // Node discards the rest once the answer is out; closing at once would reset the connection under the answer.
    if (type === 'entity.too.large') throw new DjiCloudError('BODY_TOO_LARGE', { data: { limit } })
    throw new DjiCloudError('BODY_UNREADABLE', { cause: error })
  }
}
