// Removes one defence at a time, in a copy of the tree, and checks that the test named after it fails.
//   npm run check:defences            all of them, by hand: after a change to a defence or to its test
//   npm run check:defences -- H4      the rows called H4
//   npm run check:defences -- --texts checks only that every text that it would remove still exists (part of `npm run check`)
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Defence, SECTION_H, textFaults } from './defence-texts.ts'
import { DEFENCES } from './defences.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const PARTS = [
  'src',
  'test',
  'examples',
  'scripts',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'SECURITY.md',
]

const args = process.argv.slice(2)
const only = args.filter((arg) => arg !== '--texts')
const rows = DEFENCES.filter(({ row }) => only.length === 0 || only.includes(row)).map((defence) => ({
  tests: SECTION_H,
  name: `${defence.row}[ ,]`,
  ...defence,
}))

const read = (file: string) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : null)
const faults = textFaults(rows, read)
for (const fault of faults) console.error(fault)
if (faults.length > 0) console.error('Change these rows of scripts/defences.ts to what the files say now.')
if (rows.length === 0) console.error(`scripts/defences.ts has no row called ${only.join(' or ')}`)
if (faults.length > 0 || rows.length === 0) process.exit(1)
if (args.includes('--texts')) process.exit(0)

const copy = await mkdtemp(join(tmpdir(), 'defences-'))
for (const part of PARTS) await cp(join(root, part), join(copy, part), { recursive: true })
await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))

interface Result {
  readonly file: string
  readonly fullName: string
  readonly status: string
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly Omit<Result, 'file'>[]
  }[]
}

/** The result of each test of the files: file, full name, and `passed`, `failed` or another status. */
async function results(files: readonly string[], more: readonly string[] = []): Promise<Result[]> {
  const flags = ['vitest', 'run', ...files, ...more, '--reporter=json']
  const { stdout } = await run('npx', flags, { cwd: copy, maxBuffer: 64 << 20 }).catch(
    (error) => error as { stdout: string },
  )
  const report: Report = JSON.parse(stdout.slice(stdout.indexOf('{'), stdout.lastIndexOf('}') + 1))
  return report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({ file: name, fullName, status })),
  )
}

/** A test that does not exist, or that fails with all defences in place, proves nothing. */
async function unusable(): Promise<string[]> {
  const sound = await results([...new Set(rows.map(({ tests }) => tests))])
  return rows.flatMap(({ row, without, tests, name }) => {
    const mine = sound.filter((test) => test.file.endsWith(tests) && new RegExp(name).test(test.fullName))
    const failed = mine.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
    if (failed.length > 0) return [`${row}, without ${without}: fails anyway: ${failed.join(', ')}`]
    if (mine.some(({ status }) => status === 'passed')) return []
    return [`${row}, without ${without}: ${tests} has no test that is called "${name}" and can run here`]
  })
}

/** Whether a named test fails without the defence. A test file that does not load does not count as a failed test. */
async function isNoticed({
  file,
  find,
  replace,
  also = [],
  tests,
  name,
}: Required<Pick<Defence, 'tests' | 'name'>> & Defence): Promise<boolean> {
  const path = join(copy, file)
  const sound = await readFile(path, 'utf8')
  let broken = sound
  for (const [from, to] of [[find, replace] as const, ...also]) broken = broken.replace(from, () => to)
  await writeFile(path, broken)
  try {
    return (await results([tests], ['--testNamePattern', name])).some(({ status }) => status === 'failed')
  } finally {
    await writeFile(path, sound)
  }
}

let missed = 0
try {
  const stops = await unusable()
  for (const stop of stops) console.error(stop)
  if (stops.length > 0) process.exitCode = 1
  else {
    for (const defence of rows) {
      const noticed = await isNoticed(defence)
      if (!noticed) missed += 1
      console.log(`${noticed ? 'noticed' : 'MISSED '}  ${defence.row.padEnd(4)} without: ${defence.without}`)
    }
    console.log(missed === 0 ? 'every removal was noticed' : `${missed} removals were not noticed`)
    if (missed > 0) process.exitCode = 1
  }
} finally {
  await rm(copy, { recursive: true, force: true })
}
