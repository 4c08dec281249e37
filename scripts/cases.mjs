/**
 * Runs the cases of test/cases on the packed package, installed into host apps as a user would install it.
 * `npm run cases` for all, `npm run cases -- 08 27` for those whose names begin so. Needs a package registry and about
 * 600 MB in the temporary directory. The last line has the counts; the exit code is not 0 if a case failed.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'test/cases')
/** The host app of test/cases/hosts that a case needs. Other cases use the first one. */
const HOSTS = { default: 'host5', '02': 'host4', '07': 'hostnext' }

const wanted = process.argv.slice(2)
const cases = readdirSync(folder)
  .filter((file) => /^\d\d-.*\.mjs$/.test(file))
  .filter((file) => wanted.length === 0 || wanted.some((start) => file.startsWith(start)))
  .sort()
if (cases.length === 0) {
  console.error(`no case of test/cases begins with ${wanted.join(' or ')}`)
  process.exit(1)
}

const place = mkdtempSync(join(tmpdir(), 'dji-cloud-cases-'))
process.once('exit', () => rmSync(place, { recursive: true, force: true }))

function must(file, args, cwd) {
  const { status, stdout, stderr } = spawnSync(file, args, { cwd, encoding: 'utf8' })
  if (status === 0) return
  console.error(`${file} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`)
  console.log('0 passed, 1 failed')
  process.exit(1)
}

must('npm', ['pack', '--pack-destination', place], root)
const [tarball] = readdirSync(place).filter((file) => file.endsWith('.tgz'))
// The package.json of each host expects the file by this name in the parent folder.
renameSync(join(place, tarball), join(place, 'dji-cloud.tgz'))

const installed = new Set()
function hostOf(file) {
  const name = HOSTS[file.slice(0, 2)] ?? HOSTS.default
  const host = join(place, name)
  if (!installed.has(name)) {
    console.log(`installing ${name}`)
    cpSync(join(folder, 'hosts', name), host, { recursive: true })
    must('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline'], host)
    installed.add(name)
  }
  return host
}

const failed = []
for (const file of cases) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, file), '.'], {
    cwd: hostOf(file),
    encoding: 'utf8',
    timeout: 330_000,
    killSignal: 'SIGKILL',
  })
  const passed = status === 0 && stdout.includes('RESULT pass')
  console.log(`${passed ? 'pass' : 'FAIL'} ${file}`)
  if (passed) continue
  failed.push(file)
  console.log(`${stdout}${stderr}`.replace(/^/gm, '    '))
}
for (const file of failed) console.log(`failed: ${file}`)
console.log(`${cases.length - failed.length} passed, ${failed.length} failed`)
process.exit(failed.length === 0 ? 0 : 1)
