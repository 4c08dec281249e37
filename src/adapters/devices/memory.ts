import { thisProcessAlone } from '../../core/options/processes.ts'
import type { DeviceRecord, DeviceStore } from '../../core/ports/index.ts'
import { createGroups } from '../shared/groups.ts'
import { newRecord } from './row.ts'

/** Devices for one process. */
export function memoryDevices(): DeviceStore {
  const records = new Map<string, DeviceRecord>()
  /** Serial numbers by workspace: each new device asks for the list of its workspace. */
  const byWorkspace = createGroups<string>()
  return thisProcessAlone<DeviceStore>({
    async claim(serial, workspaceId, userId = '') {
      const holder = records.get(serial)?.workspaceId
      if (holder !== undefined) return holder
      records.set(serial, newRecord(serial, workspaceId, userId === '' ? null : userId))
      byWorkspace.add(workspaceId, serial)
      return workspaceId
    },
    async release(serial, workspaceId) {
      if (records.get(serial)?.workspaceId !== workspaceId) return false
      byWorkspace.remove(workspaceId, serial)
      return records.delete(serial)
    },
    async holder(serial) {
      return records.get(serial)?.workspaceId ?? null
    },
    async get(serial) {
      return records.get(serial) ?? null
    },
    async list(workspaceId) {
      return [...byWorkspace.of(workspaceId)].sort().flatMap((serial) => records.get(serial) ?? [])
    },
    async update(serial, workspaceId, change) {
      const record = records.get(serial)
      if (record?.workspaceId !== workspaceId) return false
      records.set(serial, { ...record, ...change })
      return true
    },
  })
}
