import type { SubDevice, Topology } from '../mqtt/messages.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { Elsewhere } from './elsewhere.ts'
import { limitOf } from './holdings.ts'
import { type GatewayRecord, isGatewayRecord } from './records.ts'
import type { Reservations } from './reservations.ts'

/** Which of the devices that a topology names may be the gateway's aircraft, by the device store and what is known here. */
export interface TopologyClaims {
  /** Rejects when the device store does. */
  claim(gateway: GatewayRecord, topology: Topology): Promise<Claimed>
}

export interface Claimed {
  readonly own: readonly SubDevice[]
  /** With the reason; names the serial number, never who holds it. */
  readonly refused: readonly string[]
}

export interface TopologyClaimsParts {
  readonly devices: Pick<DeviceStore, 'claim' | 'get'>
  readonly gateways: ReadonlyMap<string, GatewayRecord>
  readonly elsewhere: Pick<Elsewhere, 'isGateway'>
  readonly reservations: Pick<Reservations, 'recall'>
  readonly recollect: ((gateway: string, workspaceId: string) => Promise<unknown>) | undefined
  readonly clock: Clock
  /** Until then a gateway that was there before a restart counts as there. ms since the epoch */
  readonly awaitedUntil: number
}

export function createTopologyClaims(parts: TopologyClaimsParts): TopologyClaims {
  const { devices, gateways, elsewhere, reservations, clock, awaitedUntil } = parts

  async function claim(gateway: GatewayRecord, topology: Topology): Promise<Claimed> {
    const own: SubDevice[] = []
    const refused: string[] = []
    for (const device of topology.subDevices) {
      // A gateway named as somebody's aircraft would hand its topics over.
      const { serial } = device
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
      else if (holder !== gateway.workspaceId) refused.push(`${serial}: held by another workspace`)
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
    // It may be a gateway that was only ever at other nodes.
    if (isGatewayRecord(record)) return false
    if (record !== null) reservations.recall(record)
    const last = record?.gateway ?? null
    // After a restart the one that flew it is expected back: until then it counts as there.
    if (last !== null && last !== self && clock.now() < awaitedUntil && !isGateway(last))
      await parts.recollect?.(last, workspaceId)
    return true
  }

  function isGateway(serial: string): boolean {
    const known = gateways.get(serial)
    if (known !== undefined && (known.connections.size > 0 || known.model !== null)) return true
    return elsewhere.isGateway(serial)
  }

  return { claim }
}
