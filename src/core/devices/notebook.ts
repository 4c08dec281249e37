import type { CloudEmitter } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceChange, DeviceStore } from '../ports/devices.ts'
import type { Logger } from '../ports/logger.ts'
import { createLanes } from '../promises.ts'
import type { GatewayView } from './records.ts'
import type { Registry } from './registry.ts'
import type { Reservations } from './reservations.ts'
import { returningOf } from './returning.ts'

/**
 * Writes to the device store everything that must still be known after a restart, and reads it when a gateway comes
 * back.
 */
export interface Notebook {
  /**
   * `DeviceStore.claim`. Before a gateway may send anything, the registry takes over what the store knows: the gateway,
   * and the user for whom it is reserved. Rejects if the device store fails.
   */
  claim(serial: string, workspaceId: string, userId?: string): Promise<string>
  /**
   * The workspace of a gateway. The registry takes the gateway over from the store. Null: it is an aircraft. Then the
   * registry takes over the gateway of the aircraft, and finds that gateway by this serial number from now on.
   */
  holder(serial: string): Promise<string | null>
  /**
   * Gateways that were online when the platform stopped, or was killed, as views that are not connected. Rejects if the
   * device store fails. Empty if the store loses its data when the process ends.
   */
  returning(): Promise<readonly GatewayView[]>
  /**
   * Whether the record of the device, or a gateway that is online, says that it is an aircraft. Until it is unbound it
   * cannot be a controller.
   */
  isAircraft(serial: string): Promise<boolean>
  /** Writes which user has a device in use. Null: no user. */
  writeReservation(serial: string, workspaceId: string, userId: string | null): void
  /** Writes what a gateway named in its topology. */
  writeLinks(gateway: string): void
  /** Writes when each device that is online was last seen. */
  touch(): Promise<void>
  /** Resolves when all changes until now are written. */
  settled(): Promise<void>
}

export function createNotebook(parts: {
  readonly devices: DeviceStore
  readonly registry: Pick<Registry, 'get' | 'list' | 'recall' | 'isNamed'>
  readonly reservations: Pick<Reservations, 'recall' | 'isRecalling'>
  readonly on: CloudEmitter['on']
  readonly clock: Clock
  readonly logger: Logger
}): Notebook {
  const { devices, registry, reservations, on, clock, logger } = parts
  /** The writes of one device come one after the other, so that the newest is the last. */
  const writes = createLanes()

  function write(serial: string, workspaceId: string, change: DeviceChange): void {
    writes
      .run(serial, () => devices.update(serial, workspaceId, change))
      .catch((error: unknown) =>
        logger.warn(
          { err: error, serial },
          'The device store did not take a change of a device. After a restart the platform may know an older state. Check the store.',
        ),
      )
  }

  function writeLinks(gateway: string): void {
    const view = registry.get(gateway)
    if (view === null) return
    // Aircraft that the gateway does not hold are written too, because it may report for them again after a restart.
    const aircraft = [...view.aircraft, ...view.linked].map(({ serial }) => serial)
    write(gateway, view.workspaceId, { aircraft })
  }

  on('gateway.online', ({ workspaceId, gateway, model, at }) => {
    // The gateway may have been taken for an aircraft before it connected. So no gateway is written as the one that
    // flies it.
    const change = { gateway: null, lastSeenAt: at, onlineSince: registry.get(gateway)?.onlineSince ?? at }
    write(gateway, workspaceId, model === null ? change : { ...change, model: model.key })
  })
  on('gateway.updated', ({ workspaceId, gateway, model }) =>
    write(gateway, workspaceId, { model: model.key }),
  )
  on('gateway.offline', ({ workspaceId, gateway, at }) => {
    write(gateway, workspaceId, {
      lastSeenAt: registry.get(gateway)?.lastSeenAt ?? at,
      onlineSince: null,
    })
  })
  on('aircraft.online', ({ workspaceId, gateway, aircraft, model, at }) => {
    const flying = registry.get(gateway)?.aircraft.find(({ serial }) => serial === aircraft)
    const onlineSince = flying?.onlineSince ?? at
    write(aircraft, workspaceId, { model: model.key, gateway, lastSeenAt: at, onlineSince })
  })
  on('aircraft.moved', ({ workspaceId, gateway, aircraft, at }) =>
    write(aircraft, workspaceId, { gateway, lastSeenAt: at }),
  )
  on('aircraft.offline', ({ workspaceId, gateway, aircraft, at, reason }) => {
    write(aircraft, workspaceId, { lastSeenAt: at, onlineSince: null })
    if (reason === 'unlinked') writeLinks(gateway)
  })

  return {
    async returning() {
      const online = (await devices.listOnline?.()) ?? []
      const known = new Set(online.map(({ serial }) => serial))
      const naming = online.filter(({ aircraft }) => aircraft.some((serial) => !known.has(serial)))
      const named = new Set(naming.flatMap(({ aircraft }) => aircraft.filter((serial) => !known.has(serial))))
      // One list for each workspace, instead of one query for each aircraft.
      const workspaces = new Set(naming.map(({ workspaceId }) => workspaceId))
      const lists = await Promise.all([...workspaces].map((workspaceId) => devices.list(workspaceId)))
      const others = lists.flat().filter(({ serial }) => named.has(serial))
      for (const record of [...online, ...others]) reservations.recall(record)
      return returningOf(online, others)
    },
    writeLinks,
    async claim(serial, workspaceId, userId) {
      const holder = await devices.claim(serial, workspaceId, userId)
      if (holder === workspaceId && (registry.get(serial) === null || reservations.isRecalling()))
        await registry.recall(serial, workspaceId)
      return holder
    },
    async isAircraft(serial) {
      if (registry.isNamed(serial)) return true
      // A gateway that is known here was checked when it connected.
      if (registry.get(serial) !== null) return false
      return ((await devices.get(serial))?.gateway ?? null) !== null
    },
    writeReservation: (serial, workspaceId, userId) =>
      write(serial, workspaceId, { liveUser: userId === '' ? null : userId }),
    async holder(serial) {
      const record = await devices.get(serial)
      if (record === null) return null
      const gateway = record.gateway ?? serial
      if (registry.get(gateway) === null) await registry.recall(gateway, record.workspaceId)
      return gateway === serial ? record.workspaceId : null
    },
    async touch() {
      const now = clock.now()
      for (const { serial, workspaceId, online, onlineSince, lastSeenAt, aircraft } of registry.list()) {
        if (!online) continue
        // `onlineSince` is written again, because the store may have been unreachable when the device came online.
        write(serial, workspaceId, { lastSeenAt: Math.min(now, lastSeenAt), onlineSince })
        const flying = aircraft.filter((one) => one.online)
        for (const one of flying)
          write(one.serial, workspaceId, { lastSeenAt: one.lastSeenAt, onlineSince: one.onlineSince })
        // Gateways are written one after the other. A thousand writes at once would delay all other work with the
        // store.
        await Promise.all([serial, ...flying.map((one) => one.serial)].map(writes.pending))
      }
    },
    async settled() {
      await writes.settled()
    },
  }
}
