import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { DjiCloud } from 'dji-cloud'

/** Environment of both examples: where to listen (0: any free port), and where to mount the platform. */
export const settings = {
  port: Number(process.env.PORT ?? 3000),
  mqttPort: process.env.MQTT_PORT === undefined ? {} : { port: Number(process.env.MQTT_PORT) },
  mount: process.env.MOUNT ?? '/',
}

/** Listens, prints which address to type on the controller, and stops cleanly on Ctrl-C. */
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
  const { port } = server.address() as AddressInfo
  console.log(announcement(port, settings.mount, cloud))
}

/** A controller cannot reach `localhost`, so print every address of this machine that it may reach. */
function announcement(port: number, mount: string, cloud: Pick<DjiCloud, 'mqttAddress'>): string {
  const path = `${mount.replace(/\/$/, '')}/pilot`
  const lines = ['localhost', ...lanAddresses()].map(
    (host) => `  http://${host}:${port}${path}   (MQTT for Pilot: ${cloud.mqttAddress(host)})`,
  )
  const [here, ...lan] = lines
  const fromOutside = lan.length > 0 ? lan : ['  (this machine has no address in a network)']
  return [
    '',
    'Access link, for a browser here:',
    here,
    ...(process.env.NODE_ENV === 'production'
      ? []
      : ['A controller on the screen, when you have none:', `  http://localhost:${port}${path}/simulator`]),
    'Access link, to type into Pilot 2:',
    ...fromOutside,
    '',
  ].join('\n')
}

const lanAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
