import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { DeviceStore } from '../ports/devices.ts'

export const isLimit = (error: unknown): boolean => isDjiCloudError(error) && error.code === 'DEVICE_LIMIT'

/** The option whose limit was reached. Null: the error is not about a limit. */
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

/** Even in a small workspace a pilot needs a controller, some aircraft and some spare devices. */
const LEAST_SHARE = 20

/** Pure: how many devices of the workspace one user may have claimed. */
export const shareOf = ({ devicesPerWorkspace, devicesPerUser }: HoldingLimits): number =>
  devicesPerUser ?? Math.max(LEAST_SHARE, Math.ceil(devicesPerWorkspace / 2))

/**
 * A device store with two limits: the devices of a workspace, and the devices that one user has claimed. Without limits
 * one user could claim any number of serial numbers, also those of other people's devices. Several nodes that claim at
 * once may exceed a limit by one each.
 */
export function limitHoldings(devices: DeviceStore, limits: HoldingLimits): DeviceStore {
  const { devicesPerWorkspace } = limits
  const share = shareOf(limits)
  /** New claims of a workspace are made one after the other, so that each one counts the claims before it. */
  const queues = new Map<string, Promise<unknown>>()

  async function claimNew(serial: string, workspaceId: string, userId: string): Promise<string> {
    const holder = await devices.holder(serial)
    if (holder !== null) return holder
    const held = await devices.list(workspaceId)
    if (held.length >= devicesPerWorkspace) throw limited('devicesPerWorkspace', devicesPerWorkspace)
    // An external broker may not name the user. Then only the limit of the workspace applies.
    const own = userId === '' ? 0 : held.filter(({ claimedBy }) => claimedBy === userId).length
    if (own >= share) throw limited('devicesPerUser', share)
    return devices.claim(serial, workspaceId, userId)
  }

  // Each method is listed and bound, because a host's store may be an instance of a class.
  return {
    release: devices.release.bind(devices),
    holder: devices.holder.bind(devices),
    get: devices.get.bind(devices),
    list: devices.list.bind(devices),
    update: devices.update.bind(devices),
    ...(devices.listOnline === undefined ? {} : { listOnline: devices.listOnline.bind(devices) }),
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
  devicesPerWorkspace:
    'This workspace has reached its limit of devices: unbind one, or raise limits.devicesPerWorkspace.',
  devicesPerUser:
    'This user has claimed as many devices of the workspace as one user may: unbind one, or raise limits.devicesPerUser.',
} as const

const limited = (name: keyof HoldingLimits, limit: number): DjiCloudError =>
  new DjiCloudError('DEVICE_LIMIT', { message: WORDS[name], data: { limit, option: `limits.${name}` } })
