import type { Kysely } from 'kysely'
import { checkSqlSource } from '../../core/options/source.ts'
import { connectSql, type SqlSource } from './database.ts'
import type { Tables } from './tables.ts'

/**
 * Creates the tables that are not there yet. May run at every start, on several nodes at once. The same as plain SQL is
 * in docs/stores.md.
 */
export async function migrateSql(source: SqlSource): Promise<void> {
  checkSqlSource('migrateSql', source)
  const { tables } = connectSql(source)
  for (const statement of statements(tables)) {
    try {
      await statement.execute()
    } catch {
      // PostgreSQL's IF NOT EXISTS fails when another node creates the same in this moment. By now that one is done,
      // and any other failure shows again.
      await statement.execute()
    }
  }
}

function statements({ schema }: Kysely<Tables>): { execute(): Promise<void> }[] {
  const table = (name: keyof Tables) => schema.createTable(name).ifNotExists()
  const sessionIndex = (name: string, column: string) =>
    schema.createIndex(`dji_cloud_sessions_${name}`).ifNotExists().on('dji_cloud_sessions').column(column)

  return [
    table('dji_cloud_sessions')
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
      .addColumn('end_reason', 'text'),
    sessionIndex('user', 'user_id'),
    sessionIndex('workspace', 'workspace_id'),
    sessionIndex('expiry', 'expires_at'),
    table('dji_cloud_gateways')
      .addColumn('session_id', 'text', (column) => column.notNull())
      .addColumn('credential_id', 'text', (column) => column.notNull())
      .addColumn('gateway', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('dji_cloud_gateways_pkey', ['session_id', 'credential_id']),
    table('dji_cloud_devices')
      .addColumn('serial', 'text', (column) => column.primaryKey().notNull())
      .addColumn('workspace_id', 'text', (column) => column.notNull())
      .addColumn('model', 'text')
      .addColumn('nickname', 'text')
      .addColumn('bound_by', 'text')
      .addColumn('bound_at', 'bigint')
      .addColumn('last_seen_at', 'bigint')
      .addColumn('gateway', 'text')
      .addColumn('aircraft', 'text'),
    schema
      .createIndex('dji_cloud_devices_workspace')
      .ifNotExists()
      .on('dji_cloud_devices')
      .column('workspace_id'),
    table('dji_cloud_workspaces')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull().defaultTo('')),
    table('dji_cloud_users')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('username', 'text', (column) => column.notNull().unique())
      .addColumn('password_hash', 'text', (column) => column.notNull())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('workspace_id', 'text', (column) => column.notNull())
      .addColumn('disabled', 'integer', (column) => column.notNull().defaultTo(0)),
  ]
}
