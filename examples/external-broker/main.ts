// npx tsx examples/external-broker/main.ts: needs Debian's package `mosquitto`. Ctrl-C stops both.
import { buildApp } from './app.ts'
import { startMosquitto } from './mosquitto.ts'

const broker = await startMosquitto()
const { app, cloud } = buildApp(broker)
const server = app.listen(Number(process.env['PORT'] ?? 3000), async () => {
  await cloud.ready()
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : ''
  console.log(`listening on http://localhost:${port}/pilot, broker at ${broker.url}; log in as pilot`)
})
cloud.on('gateway.online', ({ gateway }) => console.log(`controller ${gateway} is online`))

process.once('SIGINT', stop)
process.once('SIGTERM', stop)
async function stop() {
  await cloud.close()
  server.close()
  server.closeAllConnections()
  await broker.stop()
}
