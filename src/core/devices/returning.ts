import type { DeviceRecord } from '../ports/devices.ts'
import { deviceModel, modelOfKey } from './models.ts'
import type { AircraftView, GatewayView } from './records.ts'

const UNKNOWN_MODEL = deviceModel(0, 0, 0)

/**
 * Pure: the gateways that were online before this process, as views that are not connected.
 * @param online the records of all devices that were online
 * @param others records of devices that such a gateway named, and that were not online
 */
export function returningOf(
  online: readonly DeviceRecord[],
  others: readonly DeviceRecord[],
): readonly GatewayView[] {
  const records = new Map([...others, ...online].map((record) => [record.serial, record]))
  const heldBy = new Map<string, DeviceRecord[]>()
  for (const one of records.values())
    if (one.gateway !== null) heldBy.set(one.gateway, [...(heldBy.get(one.gateway) ?? []), one])
  /**
   * Gateways that were online, and gateways of aircraft that were online. A process that was killed may have written
   * only one of the two records.
   */
  const gateways = new Map(
    online.map(({ serial, gateway, workspaceId }) => [gateway ?? serial, { workspaceId }] as const),
  )
  return [...gateways].map(([serial, { workspaceId }]): GatewayView => {
    const own = records.get(serial)
    const record = own?.workspaceId === workspaceId && own.gateway === null ? own : undefined
    const held = (heldBy.get(serial) ?? []).filter((one) => one.workspaceId === workspaceId)
    const linked = (record?.aircraft ?? []).filter((name) => {
      const one = records.get(name)
      return one?.workspaceId === workspaceId && one.gateway !== null && one.gateway !== serial
    })
    return {
      ...{ serial, workspaceId, sessionId: '', userId: record?.liveUser ?? '' },
      model: modelOfKey(record?.model ?? null),
      nickname: record?.nickname ?? null,
      ...{ online: typeof record?.onlineSince === 'number', onlineSince: record?.onlineSince ?? 0 },
      ...{ connected: false, awaitingReconnect: false, lastSeenAt: record?.lastSeenAt ?? 0 },
      aircraft: held.map(aircraftOf),
      linked: linked.map((name) => ({ serial: name, mayReport: false, controllerIndex: null })),
    }
  })
}

const aircraftOf = ({ serial, model, nickname, onlineSince, lastSeenAt }: DeviceRecord): AircraftView => ({
  serial,
  nickname,
  model: modelOfKey(model) ?? UNKNOWN_MODEL,
  online: typeof onlineSince === 'number',
  onlineSince: onlineSince ?? 0,
  handovers: 0,
  controllerIndex: null,
  lastSeenAt: lastSeenAt ?? 0,
})
