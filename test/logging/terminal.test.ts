import { join } from 'node:path'
import { expect, test } from 'vitest'
import { terminalLogger } from '../../src/terminal-logger.ts'
import { freePort } from '../support/process.ts'
import { run } from '../support/run.ts'

const ROOT = join(import.meta.dirname, '../..')
const host = async (...more: string[]) =>
  run(
    process.execPath,
    [
      '--import',
      'tsx',
      'test/programs/silent-host.ts',
      `redis://operator:hunter3@127.0.0.1:${await freePort()}`,
      ...more,
    ],
    { cwd: ROOT, env: { NODE_ENV: 'production' } },
  )

test('a host in production without a logger shows on stderr why its answers are 503, and how often', async () => {
  const { stdout, stderr, code } = await host()
  expect({ stdout: JSON.parse(stdout), code }).toEqual({ stdout: Array(8).fill(503), code: 0 })
  const lines = stderr.split('\n').filter((line) => line.startsWith('dji-cloud error'))
  expect(lines.join('\n')).toMatch(/Redis did not answer|ECONNREFUSED|closed/)
  const of = (text: string) => lines.filter((line) => line.includes(text)).length
  expect({
    answers: of('cannot reach its store'),
    health: of('The store of sessions cannot be reached'),
  }).toEqual({
    answers: 3,
    health: 1,
  })
  expect(stderr).not.toMatch(/hunter/)
})

test('`logger: false` is silence', async () => {
  const { stdout, stderr } = await host('silence')
  expect(JSON.parse(stdout)).toHaveLength(8)
  expect(stderr).not.toContain('dji-cloud')
})

test.each([
  [[], 2],
  [['silence'], 0],
])('what is unsafe about MQTT is on stderr of a host without a logger %j', async (more, expected) => {
  const args = ['--import', 'tsx', 'test/programs/unsafe-host.ts', String(await freePort()), ...more]
  const { stderr, code } = await run(process.execPath, args, { cwd: ROOT })
  expect(code).toBe(0)
  const lines = stderr
    .split('\n')
    .filter((line) => line.startsWith('dji-cloud warn') && line.includes('UNSAFE'))
  expect(lines).toHaveLength(expected)
  if (expected > 0) {
    expect(lines.join('\n')).toMatch(/mqtt\.anonymous is UNSAFE/)
    expect(lines.join('\n')).toMatch(/UNSAFE: all controllers share one MQTT account/)
  }
  expect(stderr).not.toMatch(/hunter/)
})

test('a line shows the causes, one line each, and no login of an address', () => {
  const lines: string[] = []
  const cause = Object.assign(new Error(''), { code: 'ECONNREFUSED' })
  const err = new Error('no answer from redis://operator:hunter3@10.0.0.1:6379', { cause })
  terminalLogger((line) => lines.push(line)).error({ err, clientId: 'a\u001b[2J\nforged' }, 'a store\nfailed')
  expect(lines).toEqual([
    'dji-cloud error: a store failed: no answer from redis://***@10.0.0.1:6379: ECONNREFUSED {"clientId":"a\\u001b[2J\\nforged"}',
  ])
})
