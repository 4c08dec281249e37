import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planInit } from '../../src/cli/init/plan.ts'
import { run } from '../../src/cli/program.ts'
import { fakeTerminal } from './fake-terminal.ts'

const found = (manifest: object | null, more: { env?: string; gitignore?: string } = {}) => ({
  manifest: manifest === null ? null : JSON.stringify(manifest),
  env: more.env ?? null,
  gitignore: more.gitignore ?? null,
})

describe('what init would do', () => {
  it.each([
    [{ dependencies: { express: '^5' } }, 'express', "require('dji-cloud/express')"],
    [{ type: 'module', dependencies: { koa: '^3' } }, 'koa', "from 'dji-cloud/koa'"],
    [
      { dependencies: { express: '^4' }, devDependencies: { typescript: '^5' } },
      'express',
      "from 'dji-cloud/express'",
    ],
    [{ dependencies: { fastify: '^5' } }, null, 'dji-cloud/express'],
    [null, null, 'dji-cloud/express'],
  ])('for %j', (manifest, framework, line) => {
    const plan = planInit(found(manifest), 's'.repeat(44))
    expect(plan.framework).toBe(framework)
    expect(plan.lines.join('\n')).toContain(line)
    expect(plan.env).toMatchObject({
      action: 'create',
      text: expect.stringContaining(`DJI_CLOUD_SECRET=${'s'.repeat(44)}`),
    })
    expect(plan.warnings.some((text) => text.includes('package.json') || text.includes('Neither'))).toBe(
      framework === null,
    )
  })

  it.each(['express', 'koa'])('for %s: the lines of the README', async (framework) => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
    const blocks = [...readme.matchAll(/```ts[^\n]*\n([\s\S]*?)```/g)].map(([, code = '']) => code)
    const shown = blocks.find((code) => code.includes(`from 'dji-cloud/${framework}'`)) ?? ''
    const { lines } = planInit(found({ type: 'module', dependencies: { [framework]: '*' } }), 'x')
    const code = lines.filter((line) => line !== '' && !/^\/\/|^cloud\.on\(/.test(line))
    expect(code.length).toBeGreaterThan(3)
    for (const line of code) expect(shown).toContain(line)
    expect(code.at(-1)).toMatch(/^cloud\.attach\(/)
  })

  it.each([
    ['DJI_CLOUD_SECRET=mine\n', null],
    ['export DJI_CLOUD_SECRET=mine', null],
    ['#DJI_CLOUD_SECRET=mine\n', 'append'],
    ['DJI_CLOUD_SECRET=\n', 'append'],
    ['PORT=1', 'append'],
  ])('with a .env of %j', (env, action) => {
    expect(planInit(found({}, { env }), 'x').env?.action ?? null).toBe(action)
  })

  it('warns of a .env that would be committed', () => {
    expect(planInit(found({}, { gitignore: 'node_modules\n' }), 'x').warnings.join()).toContain('.gitignore')
    expect(planInit(found({}, { gitignore: 'node_modules\n.env\n' }), 'x').warnings.join()).not.toContain(
      '.gitignore',
    )
  })
})

describe('init', () => {
  let cwd = ''
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'dji-cloud-init-'))
    await writeFile(join(cwd, 'package.json'), JSON.stringify({ dependencies: { express: '^5' } }))
  })
  afterEach(() => rm(cwd, { recursive: true, force: true }))
  const env = () => readFile(join(cwd, '.env'), 'utf8').catch(() => null)

  it('changes nothing where nobody said yes', async () => {
    expect(await run(['init'], fakeTerminal({ cwd }))).toBe(0)
    expect(await run(['init'], fakeTerminal({ cwd, answers: ['n'] }))).toBe(0)
    expect(await run(['init', '--json'], fakeTerminal({ cwd, answers: ['y'] }))).toBe(0)
    expect(await env()).toBeNull()
  })

  it('writes a secret that is long enough, for its owner only', async () => {
    const terminal = fakeTerminal({ cwd, answers: ['y'] })
    expect(await run(['init'], terminal)).toBe(0)
    const secret = /^DJI_CLOUD_SECRET=(.+)$/m.exec((await env()) ?? '')?.[1] ?? ''
    expect(secret.length).toBeGreaterThanOrEqual(32)
    expect((await stat(join(cwd, '.env'))).mode & 0o777).toBe(0o600)
    expect(terminal.out.join('\n')).not.toContain(secret)
  })

  it('appends with --yes, and leaves alone what is there', async () => {
    await writeFile(join(cwd, '.env'), 'PORT=1')
    expect(await run(['init', '--yes', '--json'], fakeTerminal({ cwd }))).toBe(0)
    const first = (await env()) ?? ''
    expect(first).toMatch(/^PORT=1\n[\s\S]*DJI_CLOUD_SECRET=.{32}/)
    expect(await run(['init', '--yes'], fakeTerminal({ cwd }))).toBe(0)
    expect(await env()).toBe(first)
  })
})
