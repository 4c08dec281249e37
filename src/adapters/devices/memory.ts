import { thisProcessAlone } from '../../core/options/processes.ts'
import type { DeviceRecord, DeviceStore } from '../../core/ports/index.ts'
import { newRecord } from './row.ts'

/** Devices for one process. */
export function memoryDevices(): DeviceStore {
  const records = new Map<string, DeviceRecord>()
  return thisProcessAlone<DeviceStore>({
    async claim(serial, workspaceId, userId = '') {
      const holder = records.get(serial)?.workspaceId
      if (holder !== undefined) return holder
      records.set(serial, newRecord(serial, workspaceId, userId === '' ? null : userId))
      return workspaceId
    },
    async release(serial, workspaceId) {
      return records.get(serial)?.workspaceId === workspaceId && records.delete(serial)
    },
    async holder(serial) {
      return records.get(serial)?.workspaceId ?? null
    },
    async get(serial) {
      return records.get(serial) ?? null
    },
    async list(workspaceId) {
      return [...records.values()]
        .filter((record) => record.workspaceId === workspaceId)
        .sort((a, b) => (a.serial < b.serial ? -1 : 1))
    },
    async update(serial, workspaceId, change) {
      const record = records.get(serial)
      if (record?.workspaceId !== workspaceId) return false
      records.set(serial, { ...record, ...change })
      return true
    },
  })
}
