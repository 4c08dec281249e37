import { request as httpRequest } from 'node:http'
import { gunzipSync } from 'node:zlib'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The envelope, or whatever JSON came; {} where it is not JSON. */
  readonly json: {
    readonly code?: number
    readonly message?: string
    readonly data?: Record<string, unknown>
  } & Record<string, unknown>
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A string or bytes go out as they are, anything else as JSON. */
  readonly body?: unknown
  /** The address to come from: on Linux any of 127.0.0.0/8 is one of this machine's. */
  readonly from?: string | undefined
}

/** Node's own client: it sends paths, methods and bodies exactly as they are written here. */
export function ask(
  origin: string,
  path: string,
  { method = 'GET', headers = {}, body, from }: Ask = {},
): Promise<Reply> {
  const { hostname, port } = new URL(origin)
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const bytes = body === undefined ? null : raw ? body : JSON.stringify(body)
  const all: Record<string, string | number> = { ...headers }
  if (bytes !== null) {
    all['content-length'] ??= Buffer.byteLength(bytes)
    if (!raw) all['content-type'] ??= 'application/json'
  }
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        // Node wants an IPv6 address without its brackets.
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port,
        path,
        method,
        headers: all,
        agent: false,
        ...(from === undefined ? {} : { localAddress: from }),
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const received = Buffer.concat(chunks)
          const text = (
            incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(received) : received
          ).toString('utf8')
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parsed(text) })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(bytes ?? undefined)
  })
}

function parsed(text: string): Reply['json'] {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
