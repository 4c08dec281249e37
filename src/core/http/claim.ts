import { isLimit } from '../devices/holdings.ts'
import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { CloudEmitter } from '../events.ts'
import type { Clock, DeviceRecord, DeviceStore, Session } from '../ports/index.ts'
import { reach } from '../reach.ts'
import type { HttpRequest } from './types.ts'

interface Claim {
  readonly serial: string
  readonly session: Session
  readonly request: HttpRequest
  /** Of the request, for the answer: what it was named in. */
  readonly field: string
}

export interface Claims {
  /**
   * Holds a serial number for the workspace of a session.
   * @returns the record of before, null: nobody held it
   * @throws OTHER_WORKSPACE, DEVICE_LIMIT, STORE_UNAVAILABLE
   */
  claim(claim: Claim): Promise<DeviceRecord | null>
  /** For the host's audit. */
  tell(name: 'device.bound' | 'device.unbound', claim: Omit<Claim, 'field'>): void
}

export function createClaims(parts: {
  readonly devices: Pick<DeviceStore, 'claim' | 'get'>
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
}): Claims {
  const { devices, emit, clock } = parts
  return {
    async claim({ serial, session, field }) {
      const before = await reach(devices.get(serial))
      const holder = await reach(devices.claim(serial, session.workspaceId)).catch((error: unknown) => {
        if (!isDjiCloudError(error) || !isLimit(error)) throw error
        const message = `is one more than the ${String(error.data?.['limit'])} devices of a workspace`
        throw new DjiCloudError('DEVICE_LIMIT', { data: { ...error.data, issues: [{ field, message }] } })
      })
      if (holder === session.workspaceId) return before
      throw new DjiCloudError('OTHER_WORKSPACE', {
        data: { issues: [{ field, message: 'is bound to another workspace' }] },
      })
    },
    tell(name, { serial, session, request }) {
      const { userId, workspaceId } = session
      emit(name, { at: clock.now(), address: request.address, userId, workspaceId, serial })
    },
  }
}
