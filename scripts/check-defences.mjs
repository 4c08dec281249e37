// Takes away one defence at a time, in a copy of the tree, and asks whether the test that is named after it notices.
// Run by hand (`npm run check:defences`), after a change to a defence or to its test.
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DEFENCES } from './defences.mjs'

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

const copy = await mkdtemp(join(tmpdir(), 'defences-'))
for (const part of PARTS) await cp(join(root, part), join(copy, part), { recursive: true })
await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))

/** True when the named tests pass. A run that finds no test is an error of this list, not an answer. */
async function passes(file, name) {
  const args = ['vitest', 'run', file, '--testNamePattern', name, '--reporter=json']
  const { stdout } = await run('npx', args, { cwd: copy, maxBuffer: 64 << 20 }).catch((error) => error)
  const report = JSON.parse(stdout.slice(stdout.indexOf('{'), stdout.lastIndexOf('}') + 1))
  if (report.numPassedTests + report.numFailedTests === 0) throw new Error(`no test is called "${name}"`)
  return report.numFailedTests === 0
}

async function check({
  row,
  file,
  find,
  replace,
  also = [],
  tests = 'test/security/section-h.test.ts',
  name = `${row}[ ,]`,
}) {
  const path = join(copy, file)
  const sound = await readFile(path, 'utf8')
  let broken = sound
  for (const [from, to] of [[find, replace], ...also]) {
    if (!sound.includes(from))
      throw new Error(`${row}: ${file} no longer has the text that is to be replaced: ${from}`)
    broken = broken.replace(from, to)
  }
  await writeFile(path, broken)
  try {
    return !(await passes(tests, name))
  } finally {
    await writeFile(path, sound)
  }
}

let missed = 0
const only = process.argv.slice(2)
try {
  for (const defence of DEFENCES.filter(({ row }) => only.length === 0 || only.includes(row))) {
    const noticed = await check(defence)
    if (!noticed) missed += 1
    console.log(`${noticed ? 'noticed' : 'MISSED '}  ${defence.row.padEnd(4)} without: ${defence.without}`)
  }
} finally {
  await rm(copy, { recursive: true, force: true })
}
console.log(missed === 0 ? 'every removal was noticed' : `${missed} removals were not noticed`)
process.exitCode = missed === 0 ? 0 : 1
