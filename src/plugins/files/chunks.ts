import { createHash } from 'node:crypto'
import { isSameSecret } from '../../plugin.ts'
import { Refusal } from './refusal.ts'
import { EMPTY_SHA256, type Scope, sha256, sign } from './signature.ts'

/** How the pieces of a body are signed. Null: they are not. */
export interface ChunkSigning extends Scope {
  readonly key: Uint8Array
  /** The signature of the request: the first piece is signed together with it. */
  readonly seed: string
}

const MOST_LINE = 8192
const MOST_TRAILERS = 10

/**
 * The content of a body that is sent in pieces (`aws-chunked`). A piece whose signature is wrong ends it with an error; its bytes may
 * have been yielded before, so use nothing of them until the end.
 * @param trailer whether headers follow the last piece
 * @param onTrailers gets them
 */
export async function* unchunk(
  body: AsyncIterable<Uint8Array>,
  signing: ChunkSigning | null,
  trailer: boolean,
  onTrailers: (trailers: ReadonlyMap<string, string>) => void,
): AsyncGenerator<Uint8Array> {
  const reader = createReader(body)
  let last = signing?.seed ?? ''
  for (;;) {
    const { size, signature } = chunkHead(await reader.line(), signing !== null)
    const hash = createHash('sha256')
    for (let left = size; left > 0; ) {
      const bytes = await reader.upTo(left)
      left -= bytes.length
      if (signing !== null) hash.update(bytes)
      yield bytes
    }
    if (signing !== null) {
      const { amzDate, scope, key } = signing
      const text = ['AWS4-HMAC-SHA256-PAYLOAD', amzDate, scope, last, EMPTY_SHA256, hash.digest('hex')].join(
        '\n',
      )
      if (!isSameSecret(sign(key, text), signature)) throw new Refusal('SignatureDoesNotMatch')
      last = signature
    }
    if (size === 0) break
    if ((await reader.line()) !== '') throw new Refusal('IncompleteBody')
  }
  if (trailer) onTrailers(trailersOf(await trailerLines(reader), signing, last))
  else await reader.line()
  await reader.end()
}

function chunkHead(line: string, signed: boolean): { readonly size: number; readonly signature: string } {
  const head = /^([0-9a-fA-F]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line)
  if (head === null || (head[2] === undefined) === signed) throw new Refusal('IncompleteBody')
  return { size: Number.parseInt(head[1] ?? '', 16), signature: head[2] ?? '' }
}

async function trailerLines(reader: Reader): Promise<string[]> {
  const lines: string[] = []
  for (;;) {
    const line = await reader.line()
    if (line === '') return lines
    // A few clients end each trailer with a line feed inside the line.
    lines.push(line.trim())
    if (lines.length > MOST_TRAILERS) throw new Refusal('IncompleteBody')
  }
}

function trailersOf(
  lines: readonly string[],
  signing: ChunkSigning | null,
  last: string,
): Map<string, string> {
  const all = new Map(
    lines.map((line) => {
      const sign = `${line}:`.indexOf(':')
      return [line.slice(0, sign).trim().toLowerCase(), line.slice(sign + 1).trim()] as const
    }),
  )
  if (signing === null) return all
  const signature = all.get('x-amz-trailer-signature') ?? ''
  all.delete('x-amz-trailer-signature')
  const { amzDate, scope, key } = signing
  const content = [...all].map(([name, value]) => `${name}:${value}\n`).join('')
  const text = ['AWS4-HMAC-SHA256-TRAILER', amzDate, scope, last, sha256(content)].join('\n')
  if (!isSameSecret(sign(key, text), signature)) throw new Refusal('SignatureDoesNotMatch')
  return all
}

type Reader = ReturnType<typeof createReader>

/** Reads lines and bytes from a stream of pieces of any size. */
function createReader(body: AsyncIterable<Uint8Array>) {
  const pieces = body[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)

  /** @returns false at the end */
  async function more(): Promise<boolean> {
    const next = await pieces.next()
    if (next.done === true) return false
    const piece = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
    held = held.length === 0 ? piece : Buffer.concat([held, piece])
    return true
  }
  return {
    async line(): Promise<string> {
      for (;;) {
        const end = held.indexOf('\r\n')
        if (end > MOST_LINE || (end === -1 && held.length > MOST_LINE + 1))
          throw new Refusal('IncompleteBody')
        if (end !== -1) {
          const line = held.toString('utf8', 0, end)
          held = held.subarray(end + 2)
          return line
        }
        if (!(await more())) throw new Refusal('IncompleteBody')
      }
    },
    /** 1 to `most` bytes. */
    async upTo(most: number): Promise<Buffer> {
      while (held.length === 0) if (!(await more())) throw new Refusal('IncompleteBody')
      const bytes = held.subarray(0, most)
      held = held.subarray(bytes.length)
      return bytes
    },
    /** Nothing may follow. */
    async end(): Promise<void> {
      if (held.length > 0 || (await more())) throw new Refusal('IncompleteBody')
    },
  }
}
