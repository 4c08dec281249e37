import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { DeviceStore } from '../ports/devices.ts'

export const isLimit = (error: unknown): boolean => isDjiCloudError(error) && error.code === 'DEVICE_LIMIT'

/** The option whose limit was reached. Null: something else is wrong. */
export const limitOf = (error: unknown): string | null =>
  isDjiCloudError(error) && isLimit(error)
    ? String(error.data?.['option'] ?? 'a limit of the device store')
    : null

export interface HoldingLimits {
  /** The option `limits.devicesPerWorkspace`. */
  readonly devicesPerWorkspace: number
  /** The option `limits.devicesPerUser`. */
  readonly devicesPerUser?: number | undefined
}

/** A pilot needs a controller, some aircraft and some spares, however small the workspace is. */
const LEAST_SHARE = 20

/** Pure: how many devices of the workspace one user may have claimed. */
export const shareOf = ({ devicesPerWorkspace, devicesPerUser }: HoldingLimits): number =>
  devicesPerUser ?? Math.max(LEAST_SHARE, Math.ceil(devicesPerWorkspace / 2))

/**
 * A device store in which a workspace holds so many devices at most, and a user has claimed so many of them at most: serial
 * numbers are for who comes first, so nobody may take all of them. Several nodes at once may exceed a limit by one each.
 */
export function limitHoldings(devices: DeviceStore, limits: HoldingLimits): DeviceStore {
  const { devicesPerWorkspace } = limits
  const share = shareOf(limits)
  /** First claims of a workspace, one after another: each has to count the one before. */
  const queues = new Map<string, Promise<unknown>>()

  async function claimNew(serial: string, workspaceId: string, userId: string): Promise<string> {
    const holder = await devices.holder(serial)
    if (holder !== null) return holder
    const held = await devices.list(workspaceId)
    if (held.length >= devicesPerWorkspace) throw limited('devicesPerWorkspace', devicesPerWorkspace)
    // Where nobody is known, as with a broker that names no user, only the workspace's limit is left.
    const own = userId === '' ? 0 : held.filter(({ claimedBy }) => claimedBy === userId).length
    if (own >= share) throw limited('devicesPerUser', share)
    return devices.claim(serial, workspaceId, userId)
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
    async claim(serial, workspaceId, userId = '') {
      const holder = await devices.holder(serial)
      if (holder !== null) return holder
      const before = queues.get(workspaceId) ?? Promise.resolve()
      const claimed = before.catch(() => undefined).then(() => claimNew(serial, workspaceId, userId))
      queues.set(workspaceId, claimed)
      return claimed.finally(() => {
        if (queues.get(workspaceId) === claimed) queues.delete(workspaceId)
      })
    },
  }
}

const WORDS = {
  devicesPerWorkspace: 'This workspace holds as many devices as it may.',
  devicesPerUser: 'This user has claimed as many devices of the workspace as one user may.',
} as const

const limited = (name: keyof HoldingLimits, limit: number): DjiCloudError =>
  new DjiCloudError('DEVICE_LIMIT', { message: WORDS[name], data: { limit, option: `limits.${name}` } })
