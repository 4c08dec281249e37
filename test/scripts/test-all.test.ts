import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { run } from '../support/run.ts'

// The script itself, in a folder of its own, with programs on its path that say what the test wants them to say.
const script = fileURLToPath(new URL('../../scripts/test-all.sh', import.meta.url))
const COUNT = '5 passed, 0 failed'
const GOOD = {
  node: 'echo v22.0.0',
  npm: 'echo "npm $*"',
  npx: `echo output; echo '${COUNT}'`,
  'dpkg-query': 'echo installed',
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dji-cloud-test-all-'))
  const mine = folder
  onTestFinished(() => rm(mine, { recursive: true, force: true }))
})

async function testAll(
  programs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
) {
  await mkdir(join(folder, 'scripts'))
  await mkdir(join(folder, 'bin'))
  await copyFile(script, join(folder, 'scripts', 'test-all.sh'))
  for (const [name, body] of Object.entries(programs)) {
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${body}\n`)
    await chmod(join(folder, 'bin', name), 0o755)
  }
  for (const name of ['bash', 'dirname', 'tee', 'tail', 'grep', 'rm', 'mktemp']) {
    await symlink(await whereIs(name), join(folder, 'bin', name))
  }
  const given = { PATH: join(folder, 'bin'), CI: '', ...env }
  const { code, stdout, stderr } = await run('/bin/bash', ['scripts/test-all.sh'], {
    cwd: folder,
    env: given,
  })
  return { code, last: stdout.trimEnd().split('\n').at(-1), stdout, stderr }
}

const whereIs = async (name: string) =>
  (await run('/bin/sh', ['-c', `command -v ${name}`], { cwd: '/' })).stdout.trim()

describe('scripts/test-all.sh', () => {
  it('ends with the count of the tests', async () => {
    const { code, last, stdout } = await testAll(GOOD)
    expect([code, last]).toEqual([0, COUNT])
    expect(stdout).toMatch(/npm ci .*\nnpm run check\noutput\n/)
  })

  it.each([
    ['an old Node', { ...GOOD, node: 'case $1 in --version) echo v20.18.0;; *) exit 1;; esac' }, 'v20.18.0'],
    [
      'dependencies that cannot be installed',
      { ...GOOD, npm: 'case $1 in ci) exit 1;; esac' },
      'npm ci failed',
    ],
    [
      'a check that fails',
      { ...GOOD, npm: 'case $1 in run) echo wrong; exit 1;; esac' },
      'npm run check failed',
    ],
  ])('ends with one failure for %s', async (_what, programs, why) => {
    const { code, last, stderr, stdout } = await testAll(programs)
    expect([code, last]).toEqual([1, '0 passed, 1 failed'])
    expect(stderr).toContain(why)
    expect(stdout).not.toContain('output')
  })

  it('fails when tests do, and says how many', async () => {
    const { code, last } = await testAll({ ...GOOD, npx: "echo '4 passed, 1 failed'; exit 1" })
    expect([code, last]).toEqual([1, '4 passed, 1 failed'])
  })

  it('counts a test run that never began as a failure', async () => {
    const { code, last } = await testAll({ ...GOOD, npx: 'echo no such config; exit 1' })
    expect([code, last]).toEqual([1, '0 passed, 1 failed'])
  })

  it('names what is missing where there is no apt, and goes on; in CI it fails', async () => {
    const bare = { ...GOOD, 'dpkg-query': 'case $4 in mosquitto) exit 1;; *) echo installed;; esac' }
    const { code, last, stderr } = await testAll(bare)
    expect([code, last]).toEqual([0, COUNT])
    expect(stderr).toContain(': mosquitto (')
    await rm(join(folder, 'bin'), { recursive: true })
    await rm(join(folder, 'scripts'), { recursive: true })
    const inCi = await testAll(bare, { CI: 'true' })
    expect([inCi.code, inCi.last]).toEqual([1, '0 passed, 1 failed'])
    expect(inCi.stderr).toContain(': mosquitto (')
  })

  it('asks for programs where there is no package manager either', async () => {
    const { 'dpkg-query': _, ...foreign } = GOOD
    const { stderr } = await testAll({ ...foreign, chromium: 'exit 0' })
    const servers = 'redis-server postgresql openssl mosquitto rabbitmq-server nats-server'
    expect(stderr).toContain(`: ${servers} nginx haproxy caddy apache2-bin s3cmd rclone (`)
  })
})
