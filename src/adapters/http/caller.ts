import type { Identity } from '../../core/access/guard.ts'
import type { WorkspaceDevices } from '../../core/devices/scoped.ts'
import type { Devices } from '../../core/devices/service.ts'

/** What `requireAuth` sets on a request: the caller, and the devices that this caller may see and command. */
export interface Caller extends Identity {
  /** The devices of the caller's own workspace only. Not enumerable, because a route may send the caller as JSON. */
  readonly devices: WorkspaceDevices
}

export const callerOf = (identity: Identity, devices: Pick<Devices, 'in'>): Caller =>
  Object.defineProperty({ ...identity }, 'devices', {
    // Created only when it is used: most guarded routes do not need devices.
    get: () => devices.in(identity.workspaceId),
  }) as Identity as Caller
