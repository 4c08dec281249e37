import type { PluginContext } from '../../plugin.ts'

interface Where {
  readonly link: string
  readonly context: Pick<PluginContext, 'mqttAddress'> & {
    readonly options: Pick<PluginContext['options'], 'publicUrl'>
  }
}

/**
 * The host that a bridge call would make the native side connect to, when it is none of this platform's; null: it is, or
 * there is none. The native side lives in the server: without this, the simulator would be a way into its network.
 */
export function foreignHost(method: string, args: readonly unknown[], where: Where): string | null {
  const address = addressIn(method, args)
  if (address === null) return null
  const host = hostOf(address)
  const own = new URL(where.link).hostname
  const known = [own, where.context.options.publicUrl, where.context.mqttAddress(own)]
  return known.some((one) => one !== undefined && hostOf(one) === host) ? null : (host ?? 'an address')
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

/** Of an address or of a bare name; http instead of tcp, ssl and the like, for which URL knows no hosts. */
function hostOf(address: string): string | null {
  const text = /^[a-z][\w+.-]*:\/\//i.test(address)
    ? address.replace(/^[a-z][\w+.-]*:/i, 'http:')
    : `http://${address}`
  return URL.canParse(text) ? new URL(text).hostname : null
}
