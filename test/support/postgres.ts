import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { safePool } from '../../src/adapters/sql/pool.ts'
import { findBinary, freePort } from './server-binary.ts'
import { type ServerProcess, serverProcess } from './server-process.ts'

// Debian keeps the server's programs out of PATH, one folder per version.
const DEBIAN = '/usr/lib/postgresql'

function debianFolders(): string[] {
  try {
    return readdirSync(DEBIAN)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(DEBIAN, version, 'bin'))
  } catch {
    return []
  }
}

export const POSTGRES = findBinary('postgres', debianFolders())
const INITDB = findBinary('initdb', debianFolders())

export interface TestPostgres extends ServerProcess {
  /** For processes of their own. */
  readonly url: string
  /** A pool of its own, with the settings that docs/stores.md asks for. Destroyed by `remove`. @param max connections */
  connect(max?: number): Kysely<unknown>
  /** Stops it and removes its data. */
  remove(): Promise<void>
}

/** A real PostgreSQL on a port of its own. As root it runs as the user `postgres`: it refuses root. */
export async function startPostgres(): Promise<TestPostgres> {
  if (POSTGRES === null || INITDB === null) throw new Error('PostgreSQL is not installed')
  const folder = await mkdtemp(join(tmpdir(), 'dji-cloud-postgres-'))
  const identity = await ownerOf(folder)
  const data = join(folder, 'data')
  execFileSync(
    INITDB,
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'],
    {
      ...identity,
      cwd: folder,
      stdio: 'pipe',
    },
  )
  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    shared_buffers: '16MB',
    max_connections: '60',
  }
  const server = serverProcess({
    file: POSTGRES,
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    options: { ...identity, cwd: folder },
    ready: /ready to accept connections/,
  })
  await server.start()

  const databases: Kysely<unknown>[] = []
  return {
    ...server,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    connect(max = 10) {
      const pool = safePool(
        new pg.Pool({
          host: '127.0.0.1',
          port,
          user: 'postgres',
          database: 'postgres',
          max,
          connectionTimeoutMillis: 2000,
        }),
        () => undefined,
      )
      const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
      databases.push(db)
      return db
    },
    async remove() {
      await Promise.all(databases.map((db) => db.destroy()))
      await server.stop('SIGQUIT')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function ownerOf(folder: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres']).toString())
  const identity = { uid: idOf('-u'), gid: idOf('-g') }
  await chown(folder, identity.uid, identity.gid)
  return identity
}
