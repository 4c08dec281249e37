import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { DeviceStore } from '../ports/devices.ts'

export const isLimit = (error: unknown): boolean => isDjiCloudError(error) && error.code === 'DEVICE_LIMIT'

/**
 * A device store in which a workspace holds so many devices at most: serial numbers are for whoever comes first, so nobody
 * may take all of them. Several nodes at once may exceed it by one each.
 */
export function limitHoldings(devices: DeviceStore, max: number): DeviceStore {
  /** First claims of a workspace, one after another: each has to count the one before. */
  const queues = new Map<string, Promise<unknown>>()

  async function claimNew(serial: string, workspaceId: string): Promise<string> {
    const holder = await devices.holder(serial)
    if (holder !== null) return holder
    if ((await devices.list(workspaceId)).length >= max)
      throw new DjiCloudError('DEVICE_LIMIT', { data: { limit: max } })
    return devices.claim(serial, workspaceId)
  }

  // Method by method: a host's store may be an instance of a class.
  return {
    release: (serial, workspaceId) => devices.release(serial, workspaceId),
    holder: (serial) => devices.holder(serial),
    get: (serial) => devices.get(serial),
    list: (workspaceId) => devices.list(workspaceId),
    update: (serial, workspaceId, change) => devices.update(serial, workspaceId, change),
    ...(devices.listOnline === undefined
      ? {}
      : { listOnline: () => devices.listOnline?.() ?? Promise.resolve([]) }),
    /** Rejects with DEVICE_LIMIT. */
    async claim(serial, workspaceId) {
      const holder = await devices.holder(serial)
      if (holder !== null) return holder
      const before = queues.get(workspaceId) ?? Promise.resolve()
      const claimed = before.catch(() => undefined).then(() => claimNew(serial, workspaceId))
      queues.set(workspaceId, claimed)
      return claimed.finally(() => {
        if (queues.get(workspaceId) === claimed) queues.delete(workspaceId)
      })
    },
  }
}
