import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DjiCloud } from 'dji-cloud'

/** Environment of both examples: where to listen (0: any free port), and where to mount the platform. */
export const settings = {
  port: Number(process.env.PORT ?? 3000),
  mqttPort: process.env.MQTT_PORT === undefined ? {} : { port: Number(process.env.MQTT_PORT) },
  mount: process.env.MOUNT ?? '/',
}

/** Listens, and stops cleanly on Ctrl-C. In development the platform prints which address to type on the controller. */
export async function serve(listener: RequestListener, cloud: DjiCloud): Promise<void> {
  const server = createServer(listener)
  cloud.attach(server, settings.mount.replace(/\/$/, ''))
  const stop = async () => {
    server.close()
    await cloud.close()
    server.closeAllConnections()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    await cloud.ready()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(settings.port, resolve)
    })
  } catch (error) {
    await stop()
    throw error
  }
  console.log(`listening on port ${(server.address() as AddressInfo).port}`)
}
