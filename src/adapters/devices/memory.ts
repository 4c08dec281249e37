import type { DeviceStore } from '../../core/ports/index.ts'

/** Holders of serial numbers, for one process. */
export function memoryDevices(): DeviceStore {
  const holders = new Map<string, string>()
  return {
    async claim(serial, workspaceId) {
      const holder = holders.get(serial)
      if (holder !== undefined) return holder
      holders.set(serial, workspaceId)
      return workspaceId
    },
    async release(serial, workspaceId) {
      return holders.get(serial) === workspaceId && holders.delete(serial)
    },
    async holder(serial) {
      return holders.get(serial) ?? null
    },
  }
}
