import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A fixed address for something that is started later, as a load balancer is one. */
export async function startForwarder() {
  let target: URL | null = null
  const server = createServer((incoming, outgoing) => {
    if (target === null) return void outgoing.writeHead(502).end()
    const { method, url, headers } = incoming
    const onward = request(
      { host: target.hostname, port: target.port, method, path: url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    to(url: string) {
      target = new URL(url)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
