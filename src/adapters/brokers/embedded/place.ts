import type { ListenWish } from '../../../core/ports/broker.ts'
import { DEFAULT_PORT, type EmbeddedBrokerOptions } from './options.ts'

/** Where the broker listens without encryption, and which option says so. */
export interface Place {
  readonly host: string | undefined
  /** Null: not at all, since the encrypted port is there instead. */
  readonly port: number | null
  /** Somebody asked for this port: then it is this one or none. */
  readonly named: boolean
  /** The option to change, for the message when the port cannot be had. */
  readonly option: string
  /** What the options of the platform say and this broker does not do. */
  readonly ignored: readonly string[]
}

/** `embeddedBroker({ host, port })`, and where that is silent `mqtt.host` and `mqtt.port` of the platform. */
export function placeOf(
  { host, port, tls }: Pick<EmbeddedBrokerOptions, 'host' | 'port' | 'tls'>,
  wish: ListenWish = {},
): Place {
  const ignored: string[] = []
  if (port !== undefined && wish.port !== undefined && port !== wish.port)
    ignored.push(
      `mqtt.port is ${wish.port}, but embeddedBroker({ port: ${port} }) says otherwise: remove one`,
    )
  if (host !== undefined && wish.host !== undefined && host !== wish.host)
    ignored.push(
      `mqtt.host is ${wish.host}, but embeddedBroker({ host: '${host}' }) says otherwise: remove one`,
    )
  const where = { host: host ?? wish.host, ignored }
  if (port !== undefined) return { ...where, port, named: true, option: 'embeddedBroker({ port })' }
  // Whoever has set up encryption does not want to find the plain port open beside it.
  if (tls !== undefined) {
    if (wish.port !== undefined)
      ignored.push(
        'mqtt.port is for MQTT without encryption, and with embeddedBroker({ tls }) that stays closed: remove it, set tls.port, or open the plain port too with embeddedBroker({ tls, port })',
      )
    return { ...where, port: null, named: false, option: 'embeddedBroker({ port })' }
  }
  return { ...where, port: wish.port ?? DEFAULT_PORT, named: wish.port !== undefined, option: 'mqtt.port' }
}

/** Why a port cannot be had, and what to do. */
export function portTrouble(code: string, option: string): string {
  const setOther = `choose another port with ${option}`
  switch (code) {
    case 'EADDRINUSE':
      return `another program listens there (EADDRINUSE). Stop it, or ${setOther}`
    case 'EACCES':
      return `this process may not open it (EACCES). Ports below 1024 need rights: ${setOther}`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `the address to listen at is none of this machine (${code}). Set mqtt.host, or host of embeddedBroker, to one of its own, or leave it out for all`
    default:
      return `${code}. The option is ${option}`
  }
}
