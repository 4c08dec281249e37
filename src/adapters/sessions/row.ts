import type { EndReason, StoredSession } from '../../core/ports/index.ts'
import type { Role } from '../../core/ports/users.ts'

/** A session as SQL columns and as fields of a Redis hash. Both use the same names. Times in ms. */
export interface SessionRow {
  readonly id: string
  readonly user_id: string
  readonly username: string
  readonly workspace_id: string
  readonly role: Role
  readonly created_at: number
  readonly expires_at: number
  readonly token_id: string
  readonly token_issued_at: number
  readonly token_expires_at: number
  readonly spent_token_id: string | null
  readonly spent_at: number | null
  readonly ended_at: number | null
  readonly end_reason: EndReason | null
  readonly sign_in_source: string | null
  readonly host_data: string | null
}

export const toRow = (session: StoredSession): SessionRow => ({
  id: session.id,
  user_id: session.userId,
  username: session.username,
  workspace_id: session.workspaceId,
  role: session.role,
  created_at: session.createdAt,
  expires_at: session.expiresAt,
  token_id: session.tokenId,
  token_issued_at: session.tokenIssuedAt,
  token_expires_at: session.tokenExpiresAt,
  spent_token_id: session.spentTokenId,
  spent_at: session.spentAt,
  ended_at: session.endedAt,
  end_reason: session.endReason,
  sign_in_source: session.signInSource,
  host_data: session.hostData,
})

/** The row as the driver returns it: a bigint column is a number, string or bigint, depending on the driver and its settings. */
type Loose = { readonly [Name in keyof SessionRow]: SessionRow[Name] | bigint | string }

const time = (value: unknown): number => Number(value)
const timeOrNull = (value: unknown): number | null => (value === null ? null : Number(value))

export const fromRow = (row: Loose): StoredSession => ({
  id: String(row.id),
  userId: String(row.user_id),
  username: String(row.username),
  workspaceId: String(row.workspace_id),
  // Only `toRow` writes this value, so it is always a Role.
  role: row.role as Role,
  createdAt: time(row.created_at),
  expiresAt: time(row.expires_at),
  tokenId: String(row.token_id),
  tokenIssuedAt: time(row.token_issued_at),
  tokenExpiresAt: time(row.token_expires_at),
  spentTokenId: row.spent_token_id as string | null,
  spentAt: timeOrNull(row.spent_at),
  endedAt: timeOrNull(row.ended_at),
  endReason: row.end_reason as EndReason | null,
  signInSource: row.sign_in_source as string | null,
  hostData: row.host_data as string | null,
})
