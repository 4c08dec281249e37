import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDispatcher } from '../../src/core/http/dispatch.ts'
import { brokerHookRoutes } from '../../src/core/http/handlers/broker-hooks.ts'
import type { HttpPlatform } from '../../src/core/http/types.ts'
import { type BrokerAdapter, silentLogger } from '../../src/core/ports/index.ts'
import { plainRequest } from './plain-request.ts'

export interface HookServer {
  readonly port: number
  /** From now on questions are answered by these, taken in turn as by a load balancer. */
  serve(adapters: readonly BrokerAdapter[]): void
  close(): Promise<void>
}

/** The hooks of adapters as the middleware serves them: same rows, same dispatcher. */
export async function startHookServer(): Promise<HookServer> {
  let platforms: readonly HttpPlatform[] = []
  let turn = 0
  const server = createServer(async (request, response) => {
    turn += 1
    const platform = platforms[turn % platforms.length]
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const answer = await platform?.handle(
      plainRequest({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        readBody: async () => ({
          kind: 'raw',
          bytes: Buffer.concat(chunks),
          contentType: request.headers['content-type'],
        }),
      }),
    )
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
          errorPage: () => Promise.reject(new Error('not here')),
          bodyLimit: 100_000,
          cors: { headers: () => ({}), preflight: () => null },
          logger: silentLogger,
          closing: () => false,
        }),
      )
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
