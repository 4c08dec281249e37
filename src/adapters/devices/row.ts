import type { DeviceChange, DeviceRecord } from '../../core/ports/index.ts'

/** A device as SQL columns and as fields of a Redis hash. Times in ms; aircraft separated by spaces. */
export interface DeviceRow {
  readonly serial: string
  readonly workspace_id: string
  readonly model: string | null
  readonly nickname: string | null
  readonly bound_by: string | null
  readonly bound_at: number | null
  readonly claimed_by: string | null
  readonly last_seen_at: number | null
  readonly gateway: string | null
  readonly aircraft: string | null
  readonly live_user: string | null
  readonly online_since: number | null
}

export type RowChange = Partial<Omit<DeviceRow, 'serial' | 'workspace_id' | 'claimed_by'>>

/** The column of each field. */
const COLUMNS = {
  model: 'model',
  nickname: 'nickname',
  boundBy: 'bound_by',
  boundAt: 'bound_at',
  lastSeenAt: 'last_seen_at',
  gateway: 'gateway',
  aircraft: 'aircraft',
  liveUser: 'live_user',
  onlineSince: 'online_since',
} as const satisfies Record<keyof DeviceChange, keyof DeviceRow>

export const newRecord = (serial: string, workspaceId: string, claimedBy: string | null): DeviceRecord => ({
  serial,
  workspaceId,
  model: null,
  nickname: null,
  boundBy: null,
  boundAt: null,
  claimedBy,
  lastSeenAt: null,
  gateway: null,
  aircraft: [],
  liveUser: null,
  onlineSince: null,
})

/** Only the columns of the fields in the change. */
export function rowChange(change: DeviceChange): RowChange {
  const row: Record<string, string | number | null> = {}
  for (const [field, column] of Object.entries(COLUMNS)) {
    const value = change[field as keyof DeviceChange]
    if (value !== undefined) row[column] = typeof value === 'object' ? (value?.join(' ') ?? null) : value
  }
  return row as RowChange
}

/** The row as the driver returns it: a bigint column is a number, text or bigint; a Redis hash has texts only. */
type Loose = { readonly [Name in keyof DeviceRow]?: unknown }

const text = (value: unknown): string | null =>
  value === null || value === undefined || value === '' ? null : String(value)
const time = (value: unknown): number | null => (text(value) === null ? null : Number(value))

export const fromRow = (row: Loose): DeviceRecord => ({
  serial: String(row.serial),
  workspaceId: String(row.workspace_id),
  model: text(row.model),
  nickname: text(row.nickname),
  boundBy: text(row.bound_by),
  boundAt: time(row.bound_at),
  claimedBy: text(row.claimed_by),
  lastSeenAt: time(row.last_seen_at),
  gateway: text(row.gateway),
  aircraft: text(row.aircraft)?.split(' ') ?? [],
  liveUser: text(row.live_user),
  onlineSince: time(row.online_since),
})
