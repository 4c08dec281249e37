import type { DeviceStore } from '../ports/devices.ts'
import type { Holders } from './holders.ts'
import { deviceModel, modelOfKey } from './models.ts'
import { isGatewayRecord } from './records.ts'
import type { Registry } from './registry-contract.ts'
import type { Reservations } from './reservations.ts'
import type { Roster } from './roster.ts'

const UNKNOWN_MODEL = deviceModel(0, 0, 0)

/** Takes over gateways that were online before this process started. */
export function createRecollection(parts: {
  readonly devices: Pick<DeviceStore, 'get'>
  readonly roster: Pick<Roster, 'gateways' | 'add' | 'goOffline'>
  readonly holders: Pick<Holders, 'recall' | 'resume'>
  readonly reservations: Pick<Reservations, 'recall'>
  /** Until this time they count as online. ms since the epoch */
  readonly awaitedUntil: number
}): Pick<Registry, 'recall' | 'resume' | 'endReturn'> {
  const { devices, roster, holders, reservations, awaitedUntil } = parts
  const { gateways } = roster
  return {
    async recall(serial, workspaceId) {
      const record = await devices.get(serial)
      if (record !== null) reservations.recall(record)
      // A device that was bound and was never seen may be an aircraft.
      if (record?.workspaceId !== workspaceId || !isGatewayRecord(record)) return
      const linked = await Promise.all(record.aircraft.map((aircraft) => devices.get(aircraft)))
      // Meanwhile another workspace may have bound the aircraft.
      const aircraft = linked.flatMap((one) =>
        one === null || one.workspaceId !== workspaceId || isGatewayRecord(one) ? [] : [one],
      )
      for (const one of aircraft) reservations.recall(one)
      // The gateway may have connected while the store was asked.
      if (gateways.has(serial)) return
      const gateway = roster.add(serial, workspaceId)
      gateway.model = modelOfKey(record.model)
      gateway.nickname = record.nickname
      gateway.userId = record.liveUser ?? ''
      gateway.awaitedUntil = awaitedUntil
      for (const one of aircraft) {
        if (gateways.has(one.serial)) continue
        const model = modelOfKey(one.model) ?? UNKNOWN_MODEL
        // If another gateway has flown the aircraft since then, this gateway is only linked to it.
        const holds = one.gateway === serial
        holders.recall(gateway, { serial: one.serial, model, nickname: one.nickname, holds })
      }
    },

    resume(view) {
      if (gateways.has(view.serial)) return
      const gateway = roster.add(view.serial, view.workspaceId)
      const { model, nickname, userId, online, onlineSince } = view
      // Its silence is counted from now on, because no device could report while the platform was not running.
      Object.assign(gateway, {
        model,
        nickname,
        userId,
        online,
        onlineSince,
        returning: online,
        awaitedUntil,
      })
      for (const one of view.aircraft) holders.resume(gateway, one)
      for (const { serial } of view.linked)
        holders.recall(gateway, { serial, model: UNKNOWN_MODEL, nickname: null, holds: false })
    },

    endReturn() {
      for (const gateway of gateways.values()) {
        // A gateway that is connected has reported, or is silent: then `sweep` marks it offline.
        if (gateway.connections.size > 0 || gateway.cancelGrace !== null) continue
        const isMissing = gateway.returning || [...gateway.links.values()].some((one) => one.returning)
        if (isMissing) roster.goOffline(gateway, 'connection_lost')
      }
    },
  }
}
