import { isLimit } from '../devices/holdings.ts'
import type { Liveness } from '../devices/live.ts'
import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { CloudEmitter } from '../events.ts'
import type { Clock, DeviceRecord, DeviceStore, Session } from '../ports/index.ts'
import { reach } from '../promises.ts'

interface Claim {
  readonly serial: string
  readonly session: Pick<Session, 'userId' | 'workspaceId'>
  /** The address is null if nobody asked over a network. */
  readonly request: { readonly address: string | null }
  /** The field of the request that held the serial number. The error answer names it. */
  readonly field: string
}

export interface Claims {
  /**
   * Claims a serial number for the workspace of a session.
   * @returns the record before that; null: no workspace had it
   * @throws OTHER_WORKSPACE, DEVICE_IN_USE, DEVICE_LIMIT, STORE_UNAVAILABLE
   */
  claim(claim: Claim): Promise<DeviceRecord | null>
  /**
   * Checks a device before it gets credentials.
   * @throws DEVICE_IN_USE: it is an aircraft; STORE_UNAVAILABLE
   */
  mayConnect(claim: Pick<Claim, 'serial' | 'field'>): Promise<void>
  /**
   * Checks a device before it is unbound.
   * @throws DEVICE_IN_USE: another or an unknown user has it online. For a `web` account: any user has it online.
   */
  mayLetGo(serial: string, session: Session): void
  /** Emits the event for the host's audit trail. */
  tell(name: 'device.bound' | 'device.unbound', claim: Omit<Claim, 'field'>): void
}

export function createClaims(parts: {
  readonly devices: Pick<DeviceStore, 'claim' | 'get'>
  readonly live: Liveness
  readonly isAircraft: (serial: string) => Promise<boolean>
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
}): Claims {
  const { devices, live, isAircraft, emit, clock } = parts
  return {
    async claim({ serial, session, field }) {
      const before = await reach(devices.get(serial))
      const holder = await reach(devices.claim(serial, session.workspaceId, session.userId)).catch(
        (error: unknown) => {
          if (!isDjiCloudError(error) || !isLimit(error)) throw error
          const { limit, option } = error.data ?? {}
          const whose = option === 'limits.devicesPerUser' ? 'that one user may claim' : 'of a workspace'
          const message = `is one more than the ${String(limit)} devices ${whose} (${String(option)})`
          throw new DjiCloudError('DEVICE_LIMIT', {
            message: error.message,
            data: { ...error.data, issues: [{ field, message }] },
          })
        },
      )
      if (holder !== session.workspaceId)
        throw new DjiCloudError('OTHER_WORKSPACE', {
          data: { issues: [{ field, message: 'is bound to another workspace' }] },
        })
      if (live.inUse(serial, session.userId)) throw inUse(serial, field)
      return before
    },
    async mayConnect({ serial, field }) {
      if (!(await reach(isAircraft(serial)))) return
      const message = 'is an aircraft; unbind it first if it is a remote controller'
      throw new DjiCloudError('DEVICE_IN_USE', {
        message: `The device ${serial} is an aircraft. MQTT credentials are for remote controllers.`,
        data: { device: serial, issues: [{ field, message }] },
      })
    },
    mayLetGo(serial, session) {
      const isTheirs = session.role === 'pilot' ? live.isNotOwn(serial, session.userId) : live.isLive(serial)
      if (isTheirs) throw inUse(serial, 'device_sn', live.userOf(serial) === '' ? UNKNOWN_USER : undefined)
    },
    tell(name, { serial, session, request }) {
      const { userId, workspaceId } = session
      emit(name, { at: clock.now(), address: request.address, userId, workspaceId, serial })
    },
  }
}

const UNKNOWN_USER = 'by a user who is not known here'

const inUse = (serial: string, field: string, whom = 'by another user'): DjiCloudError =>
  new DjiCloudError('DEVICE_IN_USE', {
    message: `The device ${serial} is in use ${whom}.`,
    data: { device: serial, issues: [{ field, message: `is in use ${whom}` }] },
  })
