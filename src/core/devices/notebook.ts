import type { CloudEmitter } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceChange, DeviceRecord, DeviceStore } from '../ports/devices.ts'
import type { Logger } from '../ports/logger.ts'
import { deviceModel, modelOfKey } from './models.ts'
import { type GatewayView, isGatewayRecord } from './records.ts'
import type { Registry } from './registry.ts'
import type { Reservations } from './reservations.ts'
import { returningOf } from './returning.ts'

/** Between process and store: what has to outlive a restart is written down, and read when a gateway comes back. */
export interface Notebook {
  /**
   * `DeviceStore.claim`; and a gateway that was seen before this process is recalled before it may say anything, as is for
   * whom a device is reserved. Rejects when the device store does.
   */
  claim(serial: string, workspaceId: string, userId?: string): Promise<string>
  /**
   * The workspace of a gateway, which is recalled as well. Null also for an aircraft: it is no gateway, but its gateway is
   * recalled, and is found by it from now on.
   */
  holder(serial: string): Promise<string | null>
  /**
   * Who was online when the platform stopped or was ended, as views of gateways that are not connected. Rejects when the device
   * store does; empty where the store does not outlive the process.
   */
  returning(): Promise<readonly GatewayView[]>
  /** It is known from an earlier process: the registry recalls it. */
  recall(serial: string, workspaceId: string): Promise<void>
  /** Its record, or a gateway that is online, says that it is an aircraft: it is no controller until it is unbound. */
  isAircraft(serial: string): Promise<boolean>
  /** Writes down with whom a device is live. Null: with nobody, from now on. */
  writeReservation(serial: string, workspaceId: string, userId: string | null): void
  /** Writes down what a gateway named in its topology. */
  writeLinks(gateway: string): void
  /** Writes down who was seen, for those online. */
  touch(): Promise<void>
  /** Resolves when everything is written that was told until now. */
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
  /** One after another for each device: of two changes the later one has to stay. */
  const queues = new Map<string, Promise<void>>()

  function write(serial: string, workspaceId: string, change: DeviceChange): void {
    const work = (queues.get(serial) ?? Promise.resolve())
      .then(() => devices.update(serial, workspaceId, change))
      .then(
        () => undefined,
        (error: unknown) => logger.warn({ err: error, serial }, 'device not written down'),
      )
      .finally(() => {
        if (queues.get(serial) === work) queues.delete(serial)
      })
    queues.set(serial, work)
  }

  function writeLinks(gateway: string): void {
    const view = registry.get(gateway)
    if (view === null) return
    // Held or not: after a restart it may report again for what it named.
    const aircraft = [...view.aircraft, ...view.linked].map(({ serial }) => serial)
    write(gateway, view.workspaceId, { aircraft })
  }

  on('gateway.online', ({ workspaceId, gateway, model, at }) => {
    // Taken for somebody's aircraft before it came: it is not.
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

  async function recall(serial: string, workspaceId: string): Promise<void> {
    const record = await devices.get(serial)
    if (record !== null) reservations.recall(record)
    // Bound, but never seen as a gateway: perhaps it is an aircraft.
    if (record?.workspaceId !== workspaceId || !isGatewayRecord(record)) return
    const linked = await Promise.all(record.aircraft.map((aircraft) => devices.get(aircraft)))
    const aircraft = linked.flatMap((one) => {
      // Since then it may have been bound elsewhere; flown by another gateway, it is only linked.
      if (one === null || one.workspaceId !== workspaceId || isGatewayRecord(one)) return []
      reservations.recall(one)
      const model = modelOfKey(one.model) ?? deviceModel(0, 0, 0)
      return [{ serial: one.serial, model, nickname: one.nickname, holds: one.gateway === serial }]
    })
    registry.recall(serial, workspaceId, {
      model: modelOfKey(record.model),
      nickname: record.nickname,
      userId: record.liveUser ?? null,
      aircraft,
    })
  }

  return {
    async returning() {
      const online = (await devices.listOnline?.()) ?? []
      for (const record of online) reservations.recall(record)
      const known = new Set(online.map(({ serial }) => serial))
      const named = online.flatMap(({ aircraft }) => aircraft.filter((serial) => !known.has(serial)))
      const others: DeviceRecord[] = []
      for (const serial of new Set(named)) {
        const record = await devices.get(serial)
        if (record === null) continue
        reservations.recall(record)
        others.push(record)
      }
      return returningOf(online, others)
    },
    recall,
    writeLinks,
    async claim(serial, workspaceId, userId) {
      const holder = await devices.claim(serial, workspaceId, userId)
      if (holder === workspaceId && (registry.get(serial) === null || reservations.isRecalling()))
        await recall(serial, workspaceId)
      return holder
    },
    async isAircraft(serial) {
      if (registry.isNamed(serial)) return true
      // Known here: it was looked at when it came.
      if (registry.get(serial) !== null) return false
      return ((await devices.get(serial))?.gateway ?? null) !== null
    },
    writeReservation: (serial, workspaceId, userId) =>
      write(serial, workspaceId, { liveUser: userId === '' ? null : userId }),
    async holder(serial) {
      const record = await devices.get(serial)
      if (record === null) return null
      const gateway = record.gateway ?? serial
      if (registry.get(gateway) === null) await recall(gateway, record.workspaceId)
      return gateway === serial ? record.workspaceId : null
    },
    async touch() {
      const now = clock.now()
      for (const { serial, workspaceId, online, onlineSince, lastSeenAt, aircraft } of registry.list()) {
        if (!online) continue
        // `onlineSince` again: the store may have been away when it was told.
        write(serial, workspaceId, { lastSeenAt: Math.min(now, lastSeenAt), onlineSince })
        const flying = aircraft.filter((one) => one.online)
        for (const one of flying)
          write(one.serial, workspaceId, { lastSeenAt: one.lastSeenAt, onlineSince: one.onlineSince })
        // One gateway after the other: a thousand writes at once would hold up everybody else's.
        await Promise.all([serial, ...flying.map((one) => one.serial)].map((one) => queues.get(one)))
      }
    },
    async settled() {
      await Promise.all(queues.values())
    },
  }
}
