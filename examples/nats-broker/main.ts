// npx tsx examples/nats-broker/main.ts: needs Debian's package `nats-server`. Ctrl-C stops both.
import { buildApp } from './app.ts'
import { startNats } from './nats.ts'

const nats = await startNats()
const { app, cloud } = buildApp(nats.options)
const server = app.listen(Number(process.env['PORT'] ?? 3000), async () => {
  await cloud.ready()
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : ''
  console.log(`listening on http://localhost:${port}/pilot, NATS at ${nats.options.url}; log in as pilot`)
})
cloud.on('gateway.online', ({ gateway }) => console.log(`controller ${gateway} is online`))

process.once('SIGINT', stop)
process.once('SIGTERM', stop)
async function stop() {
  await cloud.close()
  server.close()
  server.closeAllConnections()
  await nats.stop()
}
