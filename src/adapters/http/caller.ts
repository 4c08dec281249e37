import type { Identity } from '../../core/access/guard.ts'
import type { WorkspaceDevices } from '../../core/devices/scoped.ts'
import type { DjiCloud } from '../../dji-cloud.ts'

/** What `requireAuth` leaves on a request: who asks, and the devices that this caller may see and command. */
export interface Caller extends Identity {
  /** Those of the caller's own workspace, and no others. Not enumerable: a route may send the caller as JSON. */
  readonly devices: WorkspaceDevices
}

export const callerOf = (identity: Identity, { devices }: Pick<DjiCloud, 'devices'>): Caller =>
  Object.defineProperty({ ...identity }, 'devices', {
    // Made when it is asked for: most guarded routes look at no device.
    get: () => devices.in(identity.workspaceId),
  }) as Identity as Caller
