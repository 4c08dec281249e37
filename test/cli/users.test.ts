import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlSessions } from '../../src/adapters/sessions/sql.ts'
import { sqlUsers } from '../../src/adapters/users/sql.ts'
import { run as runHere } from '../../src/cli/program.ts'
import { databaseOf } from '../../src/cli/users/database.ts'
import { WORKSPACE } from '../support/cloud.ts'
import { POSTGRES, startPostgres } from '../support/postgres.ts'
import { cleanEnvironment } from '../support/run.ts'
import { sessionOf, WORKSPACE_B } from '../support/sessions.ts'
import { createSqlite } from '../support/sqlite.ts'
import { fakeTerminal } from './fake-terminal.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const PASSWORD = 'an obviously fake password'

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** The real program, as a process of its own. It starts slowly, so use it for what depends on a real process. */
function inProcess(words: readonly string[], url: string, input = ''): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'users', ...words], {
    cwd: root,
    env: { ...cleanEnvironment(), DATABASE_URL: url },
  })
  const texts = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    texts.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    texts.err += chunk
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...texts })))
}

/** The same command line in the process of the test. It opens and closes a connection to the database of its own. */
async function inHere(words: readonly string[], url: string, input = ''): Promise<Ended> {
  const terminal = fakeTerminal({ env: { DATABASE_URL: url }, input })
  const code = await runHere(['users', ...words], terminal)
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
  return { code, out: text(terminal.out), err: text(terminal.err) }
}

interface Stage {
  readonly url: string
  connect(): Kysely<unknown>
  remove(): Promise<void>
}

const onSqlite = async (): Promise<Stage> => {
  const made = await createSqlite()
  return { url: `sqlite:${made.file}`, connect: made.connect, remove: made.remove }
}

describe.each<[string, () => Promise<Stage>, boolean]>([
  ['SQLite', onSqlite, true],
  ['PostgreSQL', startPostgres, POSTGRES !== null],
])('dji-cloud users on %s', (_name, make, isThere) => {
  describe.runIf(isThere || process.env['CI'] !== undefined)('with a database', () => {
    let stage: Stage
    let db: Kysely<unknown>
    beforeAll(async () => {
      stage = await make()
      db = stage.connect()
    })
    afterAll(() => stage.remove())
    const ask = (words: string, input?: string) => inHere(words.split(' '), stage.url, input)
    const askProcess = (words: string, input?: string) => inProcess(words.split(' '), stage.url, input)
    const place = `--workspace ${WORKSPACE.id} --workspace-name Harbour`

    it('says what to do where the tables are missing', async () => {
      const { code, err } = await askProcess('list')
      expect(code).toBe(1)
      expect(err).toMatch(/tables are not in this database.*--migrate/)
    })

    it('adds, lists, moves, disables and enables, and changes passwords; sessions end', async () => {
      // The password comes through a real pipe, and the process ends by itself: no connection keeps it alive.
      const added = await askProcess(`add ada ${place} --migrate --json`, `${PASSWORD}\nand a second line\n`)
      expect(added).toMatchObject({ code: 0, err: '' })
      const ada = JSON.parse(added.out) as { id: string }
      expect(ada).toMatchObject({
        username: 'ada',
        role: 'pilot',
        workspace: { id: WORKSPACE.id, name: 'Harbour' },
      })
      expect(added.out).not.toContain(PASSWORD)

      const users = sqlUsers({ db, cost: { ln: 4, r: 8, p: 1 } })
      expect((await users.authenticate({ username: 'ada', password: PASSWORD }))?.id).toBe(ada.id)
      expect((await ask(`add wanda --role web --workspace ${WORKSPACE.id}`, PASSWORD)).out).toMatch(
        /Added wanda, web in the workspace Harbour/,
      )
      const listed = await ask('list')
      expect(listed.out).toMatch(
        /^name +role +workspace +id\nada +pilot +Harbour +\S+\nwanda +web +Harbour +\S+\n$/,
      )
      expect(JSON.parse((await ask('list --json')).out)).toMatchObject([
        { username: 'ada', disabled: false },
        { username: 'wanda' },
      ])

      const sessions = sqlSessions({ db })
      const open = async (id: string) =>
        sessions.create(
          sessionOf(Date.now(), {
            id,
            userId: ada.id,
            tokenId: id,
            spentTokenId: null,
            spentAt: null,
            workspaceId: WORKSPACE.id,
          }),
        )
      const endOf = async (id: string) => (await sessions.get(id))?.endReason

      await open('s1')
      expect(JSON.parse((await ask('disable ada --json')).out)).toEqual({
        id: ada.id,
        username: 'ada',
        disabled: true,
        sessionsEnded: 1,
      })
      expect(await endOf('s1')).toBe('user_gone')
      expect(await users.authenticate({ username: 'ada', password: PASSWORD })).toBeNull()
      expect((await ask('list')).out).toMatch(/ada +pilot +Harbour +disabled/)
      expect((await ask('enable ada')).out).toBe('ada can log in again.\n')
      expect((await users.authenticate({ username: 'ada', password: PASSWORD }))?.id).toBe(ada.id)

      await open('s2')
      expect((await ask('password ada', 'another fake one')).out).toMatch(
        /has a new password. 1 session was ended/,
      )
      expect(await endOf('s2')).toBe('revoked')
      expect(await users.authenticate({ username: 'ada', password: PASSWORD })).toBeNull()
      expect(await users.authenticate({ username: 'ada', password: 'another fake one' })).not.toBeNull()

      await open('s3')
      const moved = await ask(`move ada --workspace ${WORKSPACE_B.id} --workspace-name Bravo`)
      expect(moved.out).toMatch(/ada is now in the workspace Bravo. 1 session was ended/)
      expect(await endOf('s3')).toBe('workspace_changed')
      expect((await users.findById(ada.id))?.workspace.id).toBe(WORKSPACE_B.id)
    })

    it('refuses what cannot be, and changes nothing', async () => {
      const cases: readonly [string, string | undefined, number, RegExp][] = [
        ['disable nobody', undefined, 1, /no user "nobody"/],
        [`add wanda --workspace ${WORKSPACE.id}`, PASSWORD, 1, /"wanda" is taken/],
        [`add bea --workspace ${WORKSPACE.id}`, 'short', 2, /at least 8 characters/],
        [`add bea --workspace no-uuid --workspace-name X`, PASSWORD, 1, /workspace\.id/],
        ['add bea', PASSWORD, 2, /--workspace/],
        [`add bea --workspace ${WORKSPACE.id} --role admin`, PASSWORD, 2, /pilot, web/],
        [`add bea --workspace ${WORKSPACE.id} --password x`, PASSWORD, 2, /unknown option/],
        ['move wanda --workspace 0c0c0c0c-0000-4000-8000-00000000000c', undefined, 2, /--workspace-name/],
      ]
      for (const [words, input, code, text] of cases) {
        const ended = await ask(words, input)
        expect([ended.code, ended.err], words).toEqual([code, expect.stringMatching(text)])
      }
      const names = (await sqlUsers({ db }).listUsers()).map(({ username }) => username)
      expect(names).toEqual(['ada', 'wanda'])
    })
  })
})

describe('dji-cloud users', () => {
  it.each<[string, object]>([
    ['postgres://app@db.example.com/app', { kind: 'postgres', url: 'postgres://app@db.example.com/app' }],
    ['postgresql://db.example.com/app', { kind: 'postgres', url: 'postgresql://db.example.com/app' }],
    ['sqlite:./cloud.db', { kind: 'sqlite', file: '/app/cloud.db' }],
    ['file:/var/lib/cloud.db', { kind: 'sqlite', file: '/var/lib/cloud.db' }],
    ['sqlite:///var/lib/cloud.db', { kind: 'sqlite', file: '/var/lib/cloud.db' }],
  ])('reads the address %s', (url, expected) => {
    expect(databaseOf(url, { env: {}, cwd: '/app' })).toEqual(expected)
    expect(databaseOf(undefined, { env: { DATABASE_URL: url }, cwd: '/app' })).toEqual(expected)
  })

  it('an address of another kind is refused without being shown, since it may hold a password', async () => {
    const terminal = fakeTerminal()
    expect(
      await runHere(['users', 'list', '--database-url', 'mysql://app:secret@db.example.com/app'], terminal),
    ).toBe(2)
    expect(terminal.err.join()).toMatch(/does not work with the database/)
    expect(terminal.err.join()).not.toContain('secret')
    expect(await runHere(['users', 'list'], terminal)).toBe(2)
    expect(terminal.err.at(-1)).toMatch(/DATABASE_URL/)
  })

  it('asks for the password twice at a terminal, and shows it nowhere', async () => {
    const made = await createSqlite()
    try {
      const words = [
        'users',
        'add',
        'ada',
        '--migrate',
        '--workspace',
        WORKSPACE.id,
        '--workspace-name',
        'Harbour',
      ]
      const url = ['--database-url', `sqlite:${made.file}`]
      const wrong = fakeTerminal({ answers: [PASSWORD, 'another fake one'] })
      expect(await runHere([...words, ...url], wrong)).toBe(2)
      expect(wrong.err.join()).toMatch(/not the same/)
      const right = fakeTerminal({ answers: [PASSWORD, PASSWORD] })
      expect(await runHere([...words, ...url], right)).toBe(0)
      expect(right.asked).toEqual(['New password of ada: ', 'Once more: '])
      expect(right.out.join()).not.toContain(PASSWORD)
      // Neither a person nor a pipe.
      expect(await runHere(['users', 'password', 'ada', ...url], fakeTerminal())).toBe(2)
    } finally {
      await made.remove()
    }
  })

  it('names what would steer the terminal are not printed as they are', async () => {
    const made = await createSqlite()
    try {
      const url = ['--database-url', `sqlite:${made.file}`]
      const given = [
        'users',
        'add',
        'a\u001b[2Jda',
        '--migrate',
        '--workspace',
        WORKSPACE.id,
        '--workspace-name',
        'H',
      ]
      expect(await runHere([...given, ...url], fakeTerminal({ input: PASSWORD }))).toBe(0)
      const terminal = fakeTerminal()
      await runHere(['users', 'list', ...url], terminal)
      expect(terminal.out.join('\n')).toContain('a?[2Jda')
    } finally {
      await made.remove()
    }
  })

  it('help names all of it', async () => {
    const terminal = fakeTerminal()
    expect(await runHere(['users', '--help'], terminal)).toBe(0)
    for (const name of ['add', 'list', 'disable', 'enable', 'password', 'move'])
      expect(terminal.out.join()).toMatch(new RegExp(`\\b${name}\\b`))
  })
})
