import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runDemo } from '../../examples/demo.ts'
import { run } from '../support/run.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

it('the demo goes through each step and ends with 0', async () => {
  const { code, stdout } = await run(process.execPath, ['--import', 'tsx', 'examples/demo.main.ts'], {
    cwd: root,
  })
  expect(stdout).not.toContain('FAIL')
  expect(stdout.match(/^ {2}ok /gm)).toHaveLength(11)
  expect(stdout).toContain('Each step happened.')
  expect(code).toBe(0)
}, 60_000)

it.each([
  ['pilot logs in: verify: bad base-64', { licenseCheck: 'refuse' }],
  ['pilot logs in: workspace: ', { missingMethods: ['platformSetWorkspaceId'] }],
] as const)(
  'the demo fails where a step did not happen: %s',
  async (where, knobs) => {
    const lines: string[] = []
    expect(await runDemo((line) => lines.push(line), knobs)).toBe(false)
    expect(lines.at(-1)).toContain(`FAIL  ${where}`)
  },
  60_000,
)
