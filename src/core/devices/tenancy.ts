import { DjiCloudError } from '../errors.ts'
import { isSerial } from '../mqtt/topics.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import { reach } from '../promises.ts'

export interface ClaimOptions {
  /**
   * The id of the user who asked for it; lists then show the device as bound. Default: the workspace owns the device,
   * and nobody has bound it
   */
  readonly boundBy?: string | undefined
}

/** Lets the host decide which workspace owns a device. */
export interface Tenancy {
  claim(serial: string, workspaceId: string, options?: ClaimOptions): Promise<void>
  release(serial: string, workspaceId: string): Promise<boolean>
  holder(serial: string): Promise<string | null>
}

export function createTenancy(parts: {
  readonly devices: Pick<DeviceStore, 'claim' | 'update' | 'holder'>
  /** Releases a device and closes its connections. False: this workspace does not own it. */
  readonly unbind: (serial: string, workspaceId: string) => Promise<boolean>
  readonly clock: Clock
}): Tenancy {
  const { devices, unbind, clock } = parts
  return {
    async claim(serial, workspaceId, { boundBy } = {}) {
      needsText('workspaceId', workspaceId)
      if (boundBy !== undefined) needsText('boundBy', boundBy)
      if (typeof serial !== 'string' || !isSerial(serial)) throw invalid('serial', 'needs a serial number')
      const holder = await reach(devices.claim(serial, workspaceId))
      if (holder !== workspaceId) throw new DjiCloudError('OTHER_WORKSPACE', { data: { device: serial } })
      if (boundBy === undefined) return
      await reach(devices.update(serial, workspaceId, { boundBy, boundAt: clock.now() }))
    },
    async release(serial, workspaceId) {
      needsText('workspaceId', workspaceId)
      return reach(unbind(serial, workspaceId))
    },
    async holder(serial) {
      needsText('serial', serial)
      return reach(devices.holder(serial))
    },
  }
}

function needsText(field: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw invalid(field, 'needs a text')
}

const invalid = (field: string, message: string): DjiCloudError =>
  new DjiCloudError('INVALID_INPUT', {
    message: `The device cannot be claimed or released: ${field} ${message}.`,
    data: { issues: [{ field, message }] },
  })
