import { customUsers, sqlUsers } from 'dji-cloud'
import { type Kysely, sql } from 'kysely'
import { Secret, TOTP } from 'otpauth'

/** Beside the tables of `migrateSql`: one row for each user who has an authenticator. */
interface Tables {
  totp: { user_id: string; secret: string; last_counter: number }
}

const PERIOD_SECONDS = 30

export const createTotpTable = (db: Kysely<unknown>) =>
  sql`create table if not exists totp (user_id text primary key, secret text not null, last_counter bigint not null)`.execute(
    db,
  )

/** Names and passwords in the tables of `sqlUsers`, and a code for everybody who has an authenticator. */
export function totpUsers(db: Kysely<unknown>) {
  const passwords = sqlUsers({ db })
  const totp = (db as Kysely<Tables>).selectFrom('totp')
  return customUsers({
    async authenticate(credentials, context) {
      const user = await passwords.authenticate(credentials, context)
      if (user === null) return null
      const row = await totp.select('user_id').where('user_id', '=', user.id).executeTakeFirst()
      return row === undefined ? user : { challenge: 'otp', id: user.id, digits: 6 }
    },
    async verifyChallenge({ id, code }) {
      const row = await totp.select('secret').where('user_id', '=', id).executeTakeFirst()
      if (row === undefined) return null
      const timestamp = Date.now()
      const authenticator = new TOTP({ secret: Secret.fromBase32(row.secret), period: PERIOD_SECONDS })
      // One code before and one after, for a clock that is a little wrong.
      const delta = authenticator.validate({ token: code, timestamp, window: 1 })
      if (delta === null) return null
      // Each code works once, also if two nodes get it at the same moment: only one of them can raise the counter.
      const counter = Math.floor(timestamp / 1000 / PERIOD_SECONDS) + delta
      const raised = await (db as Kysely<Tables>)
        .updateTable('totp')
        .set({ last_counter: counter })
        .where('user_id', '=', id)
        .where('last_counter', '<', counter)
        .executeTakeFirst()
      return raised.numUpdatedRows > 0n ? passwords.findById(id) : null
    },
    findById: (id) => passwords.findById(id),
  })
}

/** Gives a user an authenticator. @returns the address for its QR code; whoever sees it can make codes */
export async function enrol(db: Kysely<unknown>, userId: string, username: string): Promise<string> {
  const secret = new Secret({ size: 20 })
  await (db as Kysely<Tables>)
    .insertInto('totp')
    .values({ user_id: userId, secret: secret.base32, last_counter: 0 })
    .execute()
  return new TOTP({ issuer: 'Example cloud', label: username, secret, period: PERIOD_SECONDS }).toString()
}
