import { once } from 'node:events'
import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { setImmediate } from 'node:timers/promises'

export interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  readonly json: {
    readonly code?: number
    readonly message?: string
    readonly data?: Record<string, unknown>
  }
}

export interface Sending {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string | undefined
}

/** HTTP/1.1 with and without a length, and HTTP/2. */
export type Client = (port: number, path: string, sending?: Sending) => Promise<Got>

function gotOf(status: unknown, headers: Got['headers'], chunks: readonly Buffer[]): Got {
  const bytes = Buffer.concat(chunks)
  let json: Got['json'] = {}
  try {
    json = JSON.parse(bytes.toString())
  } catch {}
  return { status: Number(status), headers, bytes, json }
}

export const http1 =
  (how: 'with a length' | 'chunked', agent: Agent | false = false): Client =>
  async (port, path, { method = 'GET', headers = {}, body } = {}) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, path, method, agent, headers })
    if (body === undefined) outgoing.end()
    else if (how === 'chunked') {
      outgoing.setHeader('transfer-encoding', 'chunked')
      outgoing.write(body)
      outgoing.end()
    } else {
      outgoing.setHeader('content-length', Buffer.byteLength(body))
      outgoing.end(body)
    }
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    return gotOf(incoming.statusCode, incoming.headers, chunks)
  }

export const http2: Client = async (port, path, { method = 'GET', headers = {}, body } = {}) => {
  const session = connect(`http://127.0.0.1:${port}`)
  try {
    const stream = session.request(
      { ':path': path, ':method': method, ...headers },
      { endStream: body === undefined },
    )
    // The server may say that it wants no more of it.
    stream.on('error', () => undefined)
    if (body !== undefined) stream.end(body)
    const [answer] = await once(stream, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    return gotOf(answer[':status'], answer, chunks)
  } finally {
    session.close()
  }
}

/** A request whose body is left to the test. */
export function openRequest(
  port: number,
  path: string,
  { method = 'POST', headers = {} }: Sending = {},
): ClientRequest {
  const outgoing = httpRequest({ host: '127.0.0.1', port, path, method, agent: false, headers })
  outgoing.flushHeaders()
  return outgoing
}

/** Writes as fast as the other side takes it. @returns how many bytes went out, also where the connection broke */
export async function pump(
  outgoing: ClientRequest,
  total: number,
  sent: (bytes: number) => void = () => undefined,
): Promise<number> {
  const chunk = Buffer.alloc(64 * 1024, 5)
  let count = 0
  let resume = (): void => undefined
  outgoing.on('drain', () => resume()).on('close', () => resume())
  while (count < total && !outgoing.destroyed) {
    count += chunk.length
    sent(count)
    if (outgoing.write(chunk)) await setImmediate()
    else if (!outgoing.destroyed)
      await new Promise<void>((resolve) => {
        resume = resolve
      })
  }
  if (!outgoing.destroyed) outgoing.end()
  return count
}

/**
 * Sends a chunked body over a connection that is to stay, whatever is answered: Node's own client stops at the answer.
 * @returns when the connection is closed, or all of it was taken
 */
export async function sendForEver(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  total: number,
): Promise<{ readonly sent: number; readonly answer: string }> {
  const socket = connectTcp(port, '127.0.0.1')
  let answer = ''
  let wake = (): void => undefined
  socket.on('data', (text) => {
    answer += String(text)
  })
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve(wake())))
  socket.on('drain', () => wake())
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n${lines.join('')}\r\n`)
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 5), Buffer.from('\r\n')])
  let sent = 0
  while (sent < total && !socket.destroyed) {
    sent += 65_536
    if (socket.write(chunk)) await setImmediate()
    else if (!socket.destroyed)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
  socket.end()
  await closed
  return { sent, answer }
}
