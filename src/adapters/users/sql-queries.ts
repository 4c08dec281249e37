import type { Role, User } from '../../core/ports/index.ts'
import type { SqlConnection } from '../sql/database.ts'
import type { Tables } from '../sql/tables.ts'

type Row = Tables['dji_cloud_users'] & { workspace_name: string; description: string }

/** The statements of `sqlUsers`. */
export function queriesOf({ tables, ask, first }: SqlConnection) {
  const users = tables
    .selectFrom('dji_cloud_users as user')
    .innerJoin('dji_cloud_workspaces as workspace', 'workspace.id', 'user.workspace_id')
    .selectAll('user')
    .select(['workspace.name as workspace_name', 'workspace.description as description'])

  return {
    // PostgreSQL refuses a text with NUL, so no user can have such a name.
    byName: async (username: string): Promise<Row | undefined> =>
      username.includes('\0') ? undefined : first(users.where('user.username', '=', username)),
    byId: async (id: string): Promise<Row | undefined> =>
      id.includes('\0') ? undefined : first(users.where('user.id', '=', id)),

    /** In the order of their names. @param username one name, or all */
    all: (username?: string): Promise<Row[]> =>
      ask(
        (username === undefined ? users : users.where('user.username', '=', username)).orderBy(
          'user.username',
        ),
      ),

    /** Replaces only the hash that was checked: a password that was changed meanwhile stays. */
    replaceHash: (id: string, checked: string, upgraded: string) =>
      ask(
        tables
          .updateTable('dji_cloud_users')
          .set({ password_hash: upgraded })
          .where('id', '=', id)
          .where('password_hash', '=', checked),
      ),

    putWorkspace: ({ id, name, description }: User['workspace']) =>
      ask(
        tables
          .insertInto('dji_cloud_workspaces')
          .values({ id, name, description })
          .onConflict((conflict) => conflict.column('id').doUpdateSet({ name, description })),
      ),

    insert: async (row: Tables['dji_cloud_users']): Promise<boolean> => {
      const inserted = tables
        .insertInto('dji_cloud_users')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
      return (await first(inserted)) !== undefined
    },

    update: async (id: string, changes: Partial<Tables['dji_cloud_users']>): Promise<boolean> => {
      // SQL needs at least one column to set, so set the id to itself.
      const updated = tables
        .updateTable('dji_cloud_users')
        .set({ id, ...changes })
        .where('id', '=', id)
        .returning('id')
      return (await first(updated)) !== undefined
    },

    remove: async (id: string): Promise<boolean> =>
      (await first(tables.deleteFrom('dji_cloud_users').where('id', '=', id).returning('id'))) !== undefined,
  }
}

export const toUser = (row: Row): User => ({
  id: row.id,
  username: row.username,
  role: row.role as Role,
  workspace: { id: row.workspace_id, name: row.workspace_name, description: row.description },
})
