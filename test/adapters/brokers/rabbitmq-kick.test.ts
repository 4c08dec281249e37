import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { rabbitmqBroker } from '../../../src/adapters/brokers/rabbitmq/index.ts'
import { SERVICE } from '../../support/rabbitmq.ts'

const HOOK_SECRET = 'obviously-fake-hook-secret'
const USERNAME = 'obviously-fake-session.RCFAKE1'
const servers: ReturnType<typeof createServer>[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** The management interface: `open` gives the names of the user's connections, at each question about them. */
async function management(open: () => readonly string[]) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const isList = request.url?.startsWith('/api/connections?') === true
    if (!isList) asked.push(request.method ?? '')
    if (request.method === 'DELETE') response.writeHead(204).end()
    else
      response.end(
        JSON.stringify(isList ? [{ name: 'old', user: USERNAME }] : open().map((name) => ({ name }))),
      )
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const broker = rabbitmqBroker({
    url: 'mqtt://127.0.0.1:1',
    ...SERVICE,
    hookSecret: HOOK_SECRET,
    management: { url, ...SERVICE },
  })
  return { broker, asked }
}

it('a kick waits until RabbitMQ has closed the connection, which it does after its answer', async () => {
  const answers = [['old'], ['old'], []]
  const { broker, asked } = await management(() => answers.shift() ?? [])
  expect(await broker.kick({ gateway: 'RCFAKE1' })).toBe(1)
  expect(asked).toEqual(['DELETE', 'GET', 'GET', 'GET'])
})

it('a kick does not wait for the new connection of a client that came back', async () => {
  const answers = [['old'], ['new']]
  const { broker, asked } = await management(() => answers.shift() ?? ['new'])
  expect(await broker.kick({ gateway: 'RCFAKE1' })).toBe(1)
  expect(asked).toEqual(['DELETE', 'GET', 'GET'])
})
