import type { Role } from '../../core/ports/users.ts'
import type { DeviceRow } from '../devices/row.ts'
import type { SessionRow } from '../sessions/row.ts'

/** The tables share the prefix `dji_cloud_`, so that they can be in the same schema as the host's. Times are bigint, in ms. */
export interface Tables {
  dji_cloud_sessions: Mutable<SessionRow>
  dji_cloud_gateways: { session_id: string; credential_id: string; gateway: string }
  dji_cloud_devices: Mutable<DeviceRow>
  dji_cloud_workspaces: { id: string; name: string; description: string }
  dji_cloud_users: {
    id: string
    username: string
    password_hash: string
    role: Role
    workspace_id: string
    /** 0 or 1: SQLite has no boolean. */
    disabled: number
  }
}

type Mutable<Row> = { -readonly [Column in keyof Row]: Row[Column] }
