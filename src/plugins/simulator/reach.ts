import type { PluginContext } from '../../plugin.ts'

interface Where {
  readonly link: string
  readonly context: Pick<PluginContext, 'mqttAddress'> & {
    readonly options: Pick<PluginContext['options'], 'publicUrl'>
  }
}

/**
 * Finds an address in a bridge call that is not a host and port of this platform; null if all addresses are allowed. The
 * native side of the simulator runs in the server. Without this check, a page could make it connect to the server's
 * network, or to other services on the same machine.
 */
export function foreignHost(method: string, args: readonly unknown[], where: Where): string | null {
  const address = addressIn(method, args)
  if (address === null) return null
  const { publicUrl } = where.context.options
  const known = [where.link, publicUrl, where.context.mqttAddress(new URL(where.link).hostname)]
  const place = placeOf(address)
  if (place === null) return 'an address that it cannot read'
  return known.some((one) => one !== undefined && placeOf(one) === place) ? null : place
}

function addressIn(method: string, args: readonly unknown[]): string | null {
  if (method === 'wsConnect') return typeof args[0] === 'string' && args[0] !== '' ? args[0] : null
  if (method !== 'platformLoadComponent') return null
  try {
    const { host } = JSON.parse(String(args[1])) as { host?: unknown }
    return typeof host === 'string' && host !== '' ? host : null
  } catch {
    return null
  }
}

const PORTS: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  tcp: 1883,
  mqtt: 1883,
  ssl: 8883,
  tls: 8883,
  mqtts: 8883,
}

/** Refuses a user name, a backslash or a blank, because other URL parsers may read them differently. */
const ADDRESS =
  /^(?:([a-z]+):\/\/)?((?:[\w-]+\.)*[\w-]+\.?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?(?:[/?#][^\s\\]*)?$/i

/** Host and port, such as `192.0.2.7:1883`. Without a scheme it is read as an MQTT address. Null if it cannot be read. */
function placeOf(address: string): string | null {
  const [, scheme = 'tcp', host, port = PORTS[scheme.toLowerCase()]] = ADDRESS.exec(address) ?? []
  if (host === undefined || port === undefined || !URL.canParse(`http://${host}`)) return null
  return `${new URL(`http://${host}`).hostname}:${Number(port)}`
}
