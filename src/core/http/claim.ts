import { isLimit } from '../devices/holdings.ts'
import type { Liveness } from '../devices/live.ts'
import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { CloudEmitter } from '../events.ts'
import type { Clock, DeviceRecord, DeviceStore, Session } from '../ports/index.ts'
import { reach } from '../promises.ts'

interface Claim {
  readonly serial: string
  readonly session: Pick<Session, 'userId' | 'workspaceId'>
  /** Who asked; the address is null where nobody asked over a network. */
  readonly request: { readonly address: string | null }
  /** Of the request, for the answer: what it was named in. */
  readonly field: string
}

export interface Claims {
  /**
   * Holds a serial number for the workspace of a session.
   * @returns the record of before, null: nobody held it
   * @throws OTHER_WORKSPACE, DEVICE_IN_USE, DEVICE_LIMIT, STORE_UNAVAILABLE
   */
  claim(claim: Claim): Promise<DeviceRecord | null>
  /**
   * Before credentials are made for it.
   * @throws DEVICE_IN_USE: it is an aircraft; STORE_UNAVAILABLE
   */
  mayConnect(claim: Pick<Claim, 'serial' | 'field'>): Promise<void>
  /**
   * Before a serial number is given up.
   * @throws DEVICE_IN_USE: it is live, and not known to be live with this user; for an account that flies nothing, it is live at all
   */
  mayLetGo(serial: string, session: Session): void
  /** For the host's audit. */
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
