import { checkSqlSource } from '../../core/options/source.ts'
import type { SessionStore, StoredSession } from '../../core/ports/index.ts'
import { connectSql, type SqlSource } from '../sql/database.ts'
import { outcomeOfLoser } from './outcome.ts'
import { fromRow, toRow } from './row.ts'

/**
 * Sessions in PostgreSQL or SQLite, for any number of nodes. Needs the tables of `migrateSql`. Every change is one
 * statement, so READ COMMITTED, which is PostgreSQL's default, is enough. See docs/stores.md.
 */
export function sqlSessions(source: SqlSource): SessionStore {
  checkSqlSource('sqlSessions', source)
  const { tables, ask, first, one } = connectSql(source)
  let creations = 0

  async function get(id: string): Promise<StoredSession | null> {
    const row = await first(tables.selectFrom('dji_cloud_sessions').selectAll().where('id', '=', id))
    return row === undefined ? null : fromRow(row)
  }

  /** Deletes expired sessions. Until then their rows say why a token is refused. */
  async function sweep(now: number): Promise<void> {
    const over = tables.selectFrom('dji_cloud_sessions').select('id').where('expires_at', '<=', now)
    await ask(tables.deleteFrom('dji_cloud_gateways').where('session_id', 'in', over))
    await ask(tables.deleteFrom('dji_cloud_sessions').where('expires_at', '<=', now))
  }

  return {
    get,
    async create(session) {
      await ask(tables.insertInto('dji_cloud_sessions').values(toRow(session)))
      creations += 1
      // A failed sweep does not fail the login: a later sweep does the work.
      if (creations % 256 === 0) await sweep(session.createdAt).catch(() => undefined)
    },
    async rotate(id, tokenId, next, now, graceMs) {
      // The row lock lets one caller through at a time. PostgreSQL then checks the condition again for the next caller,
      // which finds another token_id and changes nothing.
      const won = await first(
        tables
          .updateTable('dji_cloud_sessions')
          .set({
            token_id: next.tokenId,
            token_issued_at: next.issuedAt,
            token_expires_at: next.expiresAt,
            spent_token_id: tokenId,
            spent_at: now,
          })
          .where('id', '=', id)
          .where('token_id', '=', tokenId)
          .where('ended_at', 'is', null)
          .where('expires_at', '>', now)
          .returningAll(),
      )
      if (won !== undefined) return { outcome: 'rotated', session: fromRow(won) }
      return outcomeOfLoser(await get(id), tokenId, now, graceMs)
    },
    async end(id, reason, now) {
      const ended = tables
        .updateTable('dji_cloud_sessions')
        .set({ ended_at: now, end_reason: reason })
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .returning('id')
      return (await first(ended)) !== undefined
    },
    async list(filter, now) {
      let wanted = tables
        .selectFrom('dji_cloud_sessions')
        .selectAll()
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now)
      if (filter.id !== undefined) wanted = wanted.where('id', '=', filter.id)
      if (filter.userId !== undefined) wanted = wanted.where('user_id', '=', filter.userId)
      if (filter.workspaceId !== undefined) wanted = wanted.where('workspace_id', '=', filter.workspaceId)
      return (await ask(wanted)).map(fromRow)
    },
    async bindGateway(sessionId, credentialId, gateway) {
      const bound = await first(
        tables
          .selectFrom('dji_cloud_gateways')
          .select('gateway')
          .where('session_id', '=', sessionId)
          .where('credential_id', '=', credentialId),
      )
      if (bound !== undefined) return bound.gateway
      // `do update` with the same key makes the statement also return a row that already existed.
      const binding = await one(
        tables
          .insertInto('dji_cloud_gateways')
          .values({ session_id: sessionId, credential_id: credentialId, gateway })
          .onConflict((conflict) =>
            conflict
              .columns(['session_id', 'credential_id'])
              .doUpdateSet((row) => ({ session_id: row.ref('excluded.session_id') })),
          )
          .returning('gateway'),
      )
      return binding.gateway
    },
  }
}
