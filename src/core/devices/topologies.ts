import type { FleetEmitter } from '../fleet-signals.ts'
import type { SubDevice, Topology } from '../mqtt/messages.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { Holders } from './holders.ts'
import type { Elsewhere } from './holding.ts'
import { limitOf } from './holdings.ts'
import { type GatewayRecord, isGatewayRecord } from './records.ts'
import type { Learned, Registry } from './registry-contract.ts'
import type { Reservations } from './reservations.ts'
import type { Roster } from './roster.ts'

/**
 * Takes over the topology of a gateway. The device store and the devices of this node decide which of the named devices
 * may be its aircraft. Rejects if the device store fails.
 */
export function createTopologies(parts: {
  readonly devices: Pick<DeviceStore, 'claim' | 'get'>
  readonly roster: Pick<Roster, 'gateways' | 'setModel' | 'goOnline'>
  readonly holders: Pick<Holders, 'link' | 'unlink'>
  readonly elsewhere: Pick<Elsewhere, 'isGateway'>
  readonly reservations: Pick<Reservations, 'recall'>
  readonly recall: Registry['recall']
  /** Gets `links`. */
  readonly signals: FleetEmitter
  readonly clock: Clock
  /** Until this time a gateway that was online before a restart counts as online. ms since the epoch */
  readonly awaitedUntil: number
}): (gateway: GatewayRecord, topology: Topology) => Promise<Learned> {
  const { devices, roster, holders, elsewhere, reservations, recall, signals, clock, awaitedUntil } = parts
  const { gateways } = roster

  async function claim(
    gateway: GatewayRecord,
    { subDevices }: Topology,
  ): Promise<{ readonly own: readonly SubDevice[]; readonly refused: readonly string[] }> {
    const own: SubDevice[] = []
    const refused: string[] = []
    for (const device of subDevices) {
      const { serial } = device
      // If a gateway could be named as an aircraft, it would lose its topics to the gateway that names it.
      if (serial === gateway.serial || isGateway(serial)) {
        refused.push(`${serial}: is a gateway`)
        continue
      }
      const claimed = devices.claim(serial, gateway.workspaceId, gateway.userId)
      let limit = ''
      const holder = await claimed.catch((error: unknown) => {
        limit = limitOf(error) ?? ''
        if (limit !== '') return null
        throw error
      })
      if (holder === null) refused.push(`${serial}: one more than ${limit} allows`)
      else if (holder !== gateway.workspaceId) refused.push(`${serial}: another workspace owns it`)
      else if (gateway.links.has(serial) || (await mayBeAircraft(gateway, serial))) own.push(device)
      else refused.push(`${serial}: is a gateway`)
    }
    return { own, refused }
  }

  async function mayBeAircraft(
    { serial: self, workspaceId }: GatewayRecord,
    serial: string,
  ): Promise<boolean> {
    const record = await devices.get(serial)
    // The device may be a gateway that has connected to other nodes only.
    if (isGatewayRecord(record)) return false
    if (record !== null) reservations.recall(record)
    const last = record?.gateway ?? null
    // After a restart the gateway that flew the aircraft is expected back, and counts as online until then.
    if (last !== null && last !== self && clock.now() < awaitedUntil && !isGateway(last))
      await recall(last, workspaceId)
    return true
  }

  function isGateway(serial: string): boolean {
    const known = gateways.get(serial)
    if (known !== undefined && (known.connections.size > 0 || known.model !== null)) return true
    return elsewhere.isGateway(serial)
  }

  return async (gateway, topology) => {
    const { own, refused } = await claim(gateway, topology)
    // The connection may have ended while the store was asked. An old message must not bring the gateway online.
    if (gateways.get(gateway.serial) !== gateway || gateway.connections.size === 0 || gateway.ending)
      return { refused, inUse: [] }
    gateway.lastSeenAt = clock.now()
    if (topology.model !== null) roster.setModel(gateway, topology.model)
    roster.goOnline(gateway)
    const before = [...gateway.links.keys()]
    const named = new Set(own.map(({ serial }) => serial))
    for (const serial of before) if (!named.has(serial)) holders.unlink(gateway, serial, 'unlinked')
    for (const device of own) holders.link(gateway, device)
    if (before.length !== named.size || before.some((serial) => !named.has(serial)))
      signals.emit('links', gateway.serial)
    return { refused, inUse: [...named].filter((serial) => gateway.silent.has(serial)) }
  }
}
