import { once } from 'node:events'
import type { AedesBroker } from './aedes.ts'
import type { Link } from './link.ts'

/** What an MQTT 5 client is told. */
const REASON_CODES = {
  kicked: 0x98,
  shutdown: 0x8b,
  /** Too many of one gateway. */
  quota: 0x97,
  rate: 0x96,
  bytes: 0x96,
  parts: 0x95,
  in_flight: 0x93,
} as const
/** A peer that does not take the goodbye loses its socket. Milliseconds. */
const GOODBYE_MS = 500

/**
 * aedes publishes the will of whoever is closed without a DISCONNECT of its own: by us, or by a connection that takes
 * over (facts brokers). In both cases the platform knows better than the will.
 */
export function dropWill(broker: AedesBroker, link: Link): void {
  if (link.client.will === null) return
  link.client.will = null
  broker.persistence.delWill({ id: link.client.id, brokerId: broker.id }).catch(() => undefined)
}

/** Resolves when the socket is closed. */
export async function closeLink(
  broker: AedesBroker,
  link: Link,
  why: keyof typeof REASON_CODES,
): Promise<void> {
  const { client, conn } = link
  dropWill(broker, link)
  if (link.closed) return
  const closed = once(conn, 'close')
  const force = setTimeout(() => conn.destroy(), GOODBYE_MS)
  if (client.disconnect !== undefined) client.disconnect({ reasonCode: REASON_CODES[why] })
  else client.close()
  await closed.catch(() => undefined)
  clearTimeout(force)
}
