// Users with an authenticator type its code after their password. Names and passwords are in the tables of `sqlUsers`.

import { migrateSql, sqlUsers } from 'dji-cloud'
import { djiCloud } from 'dji-cloud/express'
import express from 'express'
import { Kysely, SqliteDialect } from 'kysely'
import Database from 'libsql'
import { createTotpTable, enrol, totpUsers } from './users.ts'

type Options = Parameters<typeof djiCloud>[0]

export const ADA = { username: 'ada', password: 'an obviously fake password' }
const workspace = { id: '5a5a5a5a-0000-4000-8000-0000000000f1', name: 'Harbour rescue' }

export async function buildApp(options?: Options, file = ':memory:') {
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: new Database(file) }) })
  await migrateSql({ db })
  await createTotpTable(db)
  const ada = await sqlUsers({ db }).createUser({ ...ADA, workspace })
  const authenticator = await enrol(db, ada.id, ADA.username)

  const app = express()
  const cloud = djiCloud({ ...options, users: totpUsers(db) })
  app.use(cloud)
  return { app, cloud, authenticator }
}
