import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { start, stop } from '../child.ts'
import { decode } from '../decode.ts'
import type { Row } from '../row.ts'

export const pageWeight: Row = {
  name: 'login page with all it loads, over the wire',
  goal: { atMost: 30 },
  unit: 'KB',
  async measure() {
    const { child, hello } = await start<{ url: string }>('server.mjs', 'express', 'own', 'mounted')
    try {
      const { origin } = new URL(hello.url)
      const page = await weigh(`${origin}/pilot/login`)
      const paths = [...page.text.matchAll(/<(?:script|link|img)\b[^>]*\b(?:src|href)="([^"#]+)"/g)].map(
        (match) => match[1] ?? '',
      )
      const parts = await Promise.all(
        [...new Set(paths)].map((path) => weigh(new URL(path, `${origin}/pilot/login`).href)),
      )
      const bytes = [page, ...parts].map((part) => part.bytes)
      return {
        value: bytes.reduce((sum, part) => sum + part, 0) / 1000,
        detail: `${bytes.length} requests with their headers: ${bytes.join(' + ')} bytes`,
      }
    } finally {
      await stop(child)
    }
  },
}

/** Bytes that the socket received: the encoded body and the headers. */
async function weigh(url: string): Promise<{ bytes: number; text: string }> {
  const asking = request(url, {
    agent: false,
    headers: { 'accept-encoding': 'gzip, deflate', accept: 'text/html,*/*' },
  })
  asking.end()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`)
  const body = Buffer.concat(chunks)
  return { bytes: response.socket.bytesRead, text: decode(body, response.headers['content-encoding']) }
}
