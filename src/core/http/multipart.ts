import { PassThrough, type Readable } from 'node:stream'
import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import { loadDependency } from '../packages.ts'
import { discard } from './outgoing.ts'
import type { BodyStream } from './types.ts'

/** Limits for the parts of a form, besides the row's `bodyLimit`. A client that exceeds one gets a 413. */
export interface MultipartLimits {
  /** @default 10 */
  readonly files?: number | undefined
  /** Bytes of one file. @default the limit of the body */
  readonly fileBytes?: number | undefined
  /** @default 100 */
  readonly fields?: number | undefined
  /** Bytes of one field's value. @default 65536 */
  readonly fieldBytes?: number | undefined
}

/** A field of a form with files: a name and its text. */
export interface FieldPart {
  readonly kind: 'field'
  readonly name: string
  readonly value: string
}

/** A file of a form: its name, its type, and its bytes while they arrive. */
export interface FilePart {
  readonly kind: 'file'
  readonly name: string
  /**
   * As the client calls it, without folders; '' if it gives no name. The client chooses it freely, so never use it as a
   * path.
   */
  readonly filename: string
  /** As the client says it, such as `image/jpeg`. Not checked. */
  readonly contentType: string
  /**
   * The bytes while they arrive. Read the stream, or destroy it, before you ask for the next part; if you do neither,
   * the bytes are skipped. Fails with BODY_TOO_LARGE at its limit, and with BODY_UNREADABLE if the client goes away.
   */
  readonly stream: Readable
}

/**
 * The parts of a form, in the order in which the client sends them: the fields before a file are known when the file
 * comes.
 * @example
 * for await (const part of body) if (part.kind === 'file') await save(part.stream)
 */
export type MultipartBody = AsyncIterable<FieldPart | FilePart>

/** Characters in the name of a field or file. The library has no such limit. */
const LONGEST_NAME = 200

const FORM = /^multipart\/form-data\s*;.*\bboundary=/i

/** @throws DjiCloudError UNSUPPORTED_MEDIA_TYPE if the body is not multipart/form-data */
export function openMultipart(body: BodyStream, limits: MultipartLimits = {}): MultipartBody {
  const { contentType = '' } = body
  if (!FORM.test(contentType))
    throw new DjiCloudError('UNSUPPORTED_MEDIA_TYPE', {
      message: 'The body is not multipart/form-data with a boundary. Send it as such a form.',
      data: { content_type: contentType },
    })
  return { [Symbol.asyncIterator]: () => partsOf(body, contentType, limits) }
}

async function* partsOf(
  { stream: source }: BodyStream,
  contentType: string,
  { files = 10, fileBytes = Number.POSITIVE_INFINITY, fields = 100, fieldBytes = 65_536 }: MultipartLimits,
): AsyncGenerator<FieldPart | FilePart> {
  // Loaded with the first form: an app without uploads does not need it.
  const library = await loadDependency(() => import('@fastify/busboy'), '@fastify/busboy')
  const queue: (FieldPart | FilePart)[] = []
  const progress: { isOver: boolean; error: DjiCloudError | null } = { isOver: false, error: null }
  let wake = (): void => undefined
  let file: PassThrough | null = null

  const fail = (error: unknown): void => {
    if (progress.isOver) return
    progress.isOver = true
    progress.error = isDjiCloudError(error) ? error : new DjiCloudError('BODY_UNREADABLE', { cause: error })
    if (file !== null) discard(file, progress.error)
    wake()
  }
  const tooLarge = (what: string, limit: number) => (): void =>
    fail(new DjiCloudError('BODY_TOO_LARGE', { message: `The form has ${what}.`, data: { limit } }))

  const nameTooLong = tooLarge('a name that is too long', LONGEST_NAME)
  const parser = new library.Busboy({
    headers: { 'content-type': contentType },
    limits: {
      files,
      fields,
      fileSize: fileBytes,
      fieldSize: fieldBytes,
      fieldNameSize: 200,
      headerPairs: 50,
    },
  })
  parser
    .on('field', (name = '', value, _nameIsCut, valueIsCut) => {
      if (name.length > LONGEST_NAME) return nameTooLong()
      if (valueIsCut) return tooLarge('a field that is too long', fieldBytes)()
      queue.push({ kind: 'field', name, value })
      wake()
    })
    .on('file', (name = '', bytes, filename, _encoding, type) => {
      if (name.length > LONGEST_NAME) nameTooLong()
      const stream = new PassThrough()
      file = stream
      // A file that the handler does not read must not block the parts behind it, and its error must not end the
      // process.
      stream.on('error', () => undefined).once('close', () => bytes.unpipe(stream).resume())
      bytes.on('limit', tooLarge('a file that is too large', fileBytes))
      bytes.on('error', fail)
      bytes.pipe(stream)
      queue.push({ kind: 'file', name, filename: filename ?? '', contentType: type, stream })
      wake()
    })
    .on('filesLimit', tooLarge('too many files', files))
    .on('fieldsLimit', tooLarge('too many fields', fields))
    .on('finish', () => {
      progress.isOver = true
      wake()
    })
    .on('error', fail)
  source.on('error', fail)
  source.pipe(parser)

  try {
    for (;;) {
      if (progress.error !== null) throw progress.error
      const part = queue.shift()
      if (part !== undefined) {
        yield part
        if (part.kind === 'file' && !isInUse(part.stream)) part.stream.destroy()
        continue
      }
      if (progress.isOver) return
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    source.unpipe(parser)
    parser.on('error', () => undefined).destroy()
  }
}

/** The handler is reading it, perhaps slowly. */
const isInUse = (stream: Readable): boolean =>
  stream.listenerCount('data') > 0 || stream.listenerCount('readable') > 0 || stream.readableDidRead
