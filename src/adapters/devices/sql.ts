import { checkSqlSource } from '../../core/options/source.ts'
import type { DeviceStore } from '../../core/ports/index.ts'
import { connectSql, type SqlSource } from '../sql/database.ts'
import { fromRow, rowChange } from './row.ts'

/** Devices in PostgreSQL or SQLite. Needs the tables of `migrateSql`. */
export function sqlDevices(source: SqlSource): DeviceStore {
  checkSqlSource('sqlDevices', source)
  const { tables, ask, first, one } = connectSql(source)

  async function holder(serial: string): Promise<string | null> {
    const held = tables.selectFrom('dji_cloud_devices').select('workspace_id').where('serial', '=', serial)
    return (await first(held))?.workspace_id ?? null
  }

  return {
    holder,
    async claim(serial, workspaceId, userId = '') {
      const standing = await holder(serial)
      if (standing !== null) return standing
      // `do update` with the same key makes the statement also return a row that already existed.
      const claimed = await one(
        tables
          .insertInto('dji_cloud_devices')
          .values({ serial, workspace_id: workspaceId, claimed_by: userId === '' ? null : userId })
          .onConflict((conflict) =>
            conflict.column('serial').doUpdateSet((row) => ({ serial: row.ref('excluded.serial') })),
          )
          .returning('workspace_id'),
      )
      return claimed.workspace_id
    },
    async release(serial, workspaceId) {
      const released = tables
        .deleteFrom('dji_cloud_devices')
        .where('serial', '=', serial)
        .where('workspace_id', '=', workspaceId)
        .returning('serial')
      return (await first(released)) !== undefined
    },
    async get(serial) {
      const row = await first(tables.selectFrom('dji_cloud_devices').selectAll().where('serial', '=', serial))
      return row === undefined ? null : fromRow(row)
    },
    async list(workspaceId) {
      const held = tables.selectFrom('dji_cloud_devices').selectAll().where('workspace_id', '=', workspaceId)
      // Not ORDER BY: its order depends on the collation of the database.
      return (await ask(held)).map(fromRow).sort((a, b) => (a.serial < b.serial ? -1 : 1))
    },
    async listOnline() {
      const online = tables.selectFrom('dji_cloud_devices').selectAll().where('online_since', 'is not', null)
      return (await ask(online)).map(fromRow)
    },
    async update(serial, workspaceId, change) {
      // An empty change still has to say whether the row exists; SQL needs at least one column, so set the key to itself.
      const updated = tables
        .updateTable('dji_cloud_devices')
        .set({ ...rowChange(change), serial })
        .where('serial', '=', serial)
        .where('workspace_id', '=', workspaceId)
        .returning('serial')
      return (await first(updated)) !== undefined
    },
  }
}
