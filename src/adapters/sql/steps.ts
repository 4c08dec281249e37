import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

export interface Step {
  up(db: Kysely<Tables>): Promise<void>
}

/**
 * The migrations of our tables. Never change a released step: add another one here, and to the SQL of docs/stores.md. The
 * first three say "if not exists", because databases of older versions without steps already have these tables.
 */
export const STEPS: Readonly<Record<string, Step>> = {
  '001_sessions': {
    async up({ schema }) {
      await schema
        .createTable('dji_cloud_sessions')
        .ifNotExists()
        .addColumn('id', 'text', (column) => column.primaryKey().notNull())
        .addColumn('user_id', 'text', (column) => column.notNull())
        .addColumn('username', 'text', (column) => column.notNull())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('token_id', 'text', (column) => column.notNull())
        .addColumn('token_issued_at', 'bigint', (column) => column.notNull())
        .addColumn('token_expires_at', 'bigint', (column) => column.notNull())
        .addColumn('spent_token_id', 'text')
        .addColumn('spent_at', 'bigint')
        .addColumn('ended_at', 'bigint')
        .addColumn('end_reason', 'text')
        .execute()
      for (const [name, column] of [
        ['user', 'user_id'],
        ['workspace', 'workspace_id'],
        ['expiry', 'expires_at'],
      ] as const) {
        await schema
          .createIndex(`dji_cloud_sessions_${name}`)
          .ifNotExists()
          .on('dji_cloud_sessions')
          .column(column)
          .execute()
      }
      await schema
        .createTable('dji_cloud_gateways')
        .ifNotExists()
        .addColumn('session_id', 'text', (column) => column.notNull())
        .addColumn('credential_id', 'text', (column) => column.notNull())
        .addColumn('gateway', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('dji_cloud_gateways_pkey', ['session_id', 'credential_id'])
        .execute()
    },
  },
  '002_devices': {
    async up({ schema }) {
      await schema
        .createTable('dji_cloud_devices')
        .ifNotExists()
        .addColumn('serial', 'text', (column) => column.primaryKey().notNull())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('model', 'text')
        .addColumn('nickname', 'text')
        .addColumn('bound_by', 'text')
        .addColumn('bound_at', 'bigint')
        .addColumn('last_seen_at', 'bigint')
        .addColumn('gateway', 'text')
        .addColumn('aircraft', 'text')
        .execute()
      await schema
        .createIndex('dji_cloud_devices_workspace')
        .ifNotExists()
        .on('dji_cloud_devices')
        .column('workspace_id')
        .execute()
    },
  },
  '003_users': {
    async up({ schema }) {
      await schema
        .createTable('dji_cloud_workspaces')
        .ifNotExists()
        .addColumn('id', 'text', (column) => column.primaryKey().notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('description', 'text', (column) => column.notNull().defaultTo(''))
        .execute()
      await schema
        .createTable('dji_cloud_users')
        .ifNotExists()
        .addColumn('id', 'text', (column) => column.primaryKey().notNull())
        .addColumn('username', 'text', (column) => column.notNull().unique())
        .addColumn('password_hash', 'text', (column) => column.notNull())
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('disabled', 'integer', (column) => column.notNull().defaultTo(0))
        .execute()
    },
  },
  '004_device_users': { up: (db) => addDeviceColumn(db, 'live_user', 'text') },
  '005_device_online': { up: (db) => addDeviceColumn(db, 'online_since', 'bigint') },
  '006_device_claimants': { up: (db) => addDeviceColumn(db, 'claimed_by', 'text') },
  '007_session_sign_in': {
    async up(db) {
      await addColumn(db, 'dji_cloud_sessions', 'sign_in_source', 'text')
      await addColumn(db, 'dji_cloud_sessions', 'host_data', 'text')
    },
  },
}

const addDeviceColumn = (db: Kysely<Tables>, column: string, type: 'text' | 'bigint'): Promise<void> =>
  addColumn(db, 'dji_cloud_devices', column, type)

/** Adds a column if it is missing. The SQL of docs/stores.md creates the table with the column already in it. */
async function addColumn(
  db: Kysely<Tables>,
  table: keyof Tables,
  column: string,
  type: 'text' | 'bigint',
): Promise<void> {
  const altered = db.schema.alterTable(table)
  if (db.getExecutor().adapter.supportsTransactionalDdl) {
    await altered.addColumn(column, type, (one) => one.ifNotExists()).execute()
    return
  }
  // SQLite has no "if not exists" for columns.
  const tables = await db.introspection.getTables()
  const known = tables.find(({ name }) => name === table)?.columns ?? []
  if (!known.some(({ name }) => name === column)) await altered.addColumn(column, type).execute()
}
