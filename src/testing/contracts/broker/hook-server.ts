import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { createDispatcher } from '../../../core/http/dispatch.ts'
import { brokerHookRoutes } from '../../../core/http/handlers/broker-hooks.ts'
import type { HttpPlatform } from '../../../core/http/types.ts'
import { type BrokerAdapter, silentLogger } from '../../../core/ports/index.ts'

/** An HTTP server that answers the questions of a broker under test. */
export interface HookServer {
  /** On 127.0.0.1. The questions arrive at `/mqtt/hooks/{name}/{question}`. */
  readonly port: number
  /** From now on these adapters answer, in turns, as behind a load balancer. */
  serve(adapters: readonly BrokerAdapter[]): void
  close(): Promise<void>
}

/**
 * For `brokerContract` with a broker that asks over HTTP. Serves the hooks of the adapters with the routes and the
 * dispatcher of the middleware.
 */
export async function startHookServer(): Promise<HookServer> {
  let platforms: readonly HttpPlatform[] = []
  let turn = 0
  const server = createServer(async (request, response) => {
    turn += 1
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const answer = await platforms[turn % platforms.length]?.handle({
      method: request.method ?? '',
      path: request.url ?? '',
      rawUrl: request.url ?? '',
      mount: '',
      query: new URLSearchParams(),
      headers: request.headers,
      secure: false,
      host: 'localhost',
      address: '127.0.0.1',
      readBody: async () => ({
        kind: 'raw',
        bytes: Buffer.concat(chunks),
        contentType: request.headers['content-type'],
      }),
      openBody: () => ({ stream: Readable.from([]), contentType: undefined, contentLength: 0 }),
      signal: new AbortController().signal,
      native: request,
      id: 'hook',
    })
    response.writeHead(answer?.status ?? 404, answer?.headers).end((answer?.body as string | null) ?? '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    serve(adapters) {
      platforms = adapters.map((adapter) =>
        createDispatcher({
          routes: brokerHookRoutes(adapter.hooks, silentLogger),
          requireSession: () => Promise.reject(new Error('not here')),
          requireOwnPage: () => undefined,
          errorPage: () => Promise.reject(new Error('not here')),
          bodyLimit: 100_000,
          cors: null,
          logger: silentLogger,
          limits: { count: async () => undefined },
        }),
      )
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
