import { randomBytes } from 'node:crypto'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Plan, planInit } from '../init/plan.ts'
import { EXIT, type Terminal } from '../terminal.ts'

interface Options {
  readonly yes?: boolean
  readonly json?: boolean
}

/** Shows what to add, and writes .env with --yes or after the user agrees. Never changes an existing file. */
export async function init(terminal: Terminal, { yes = false, json = false }: Options): Promise<number> {
  const read = (name: string) => readFile(join(terminal.cwd, name), 'utf8').catch(() => null)
  const [manifest, env, gitignore] = await Promise.all([
    read('package.json'),
    read('.env'),
    read('.gitignore'),
  ])
  const plan = planInit({ manifest, env, gitignore }, randomBytes(32).toString('base64'))
  if (!json) for (const line of inWords(plan, terminal)) terminal.print(line)

  const written = plan.env !== null && (yes || (!json && (await agreed(terminal, plan.env.action))))
  if (written) await write(join(terminal.cwd, '.env'), plan.env)
  if (json) {
    const { framework, install, lines, warnings } = plan
    const action = plan.env?.action ?? null
    terminal.print(JSON.stringify({ framework, install, lines, warnings, env: { action, written } }, null, 2))
  } else terminal.print(outcome(plan, written, terminal))
  return manifest === null ? EXIT.unwell : EXIT.well
}

async function agreed(terminal: Terminal, action: 'create' | 'append'): Promise<boolean> {
  if (!terminal.interactive) return false
  const question = action === 'create' ? 'Write .env with a new secret?' : 'Append a new secret to .env?'
  return /^y(es)?$/i.test((await terminal.ask(`${question} [y/N] `)).trim())
}

async function write(path: string, { action, text }: NonNullable<Plan['env']>): Promise<void> {
  // wx: do not overwrite a file that was created in the meantime. Mode 600, because the file contains a secret.
  if (action === 'create') await writeFile(path, text, { flag: 'wx', mode: 0o600 })
  else await appendFile(path, text)
}

function inWords({ framework, install, lines, warnings }: Plan, { paint }: Terminal): string[] {
  return [
    `Framework: ${paint('bold', framework ?? 'not found')}`,
    '',
    'Install:',
    `  ${paint('cyan', install)}`,
    'Add to your app:',
    ...lines.map((line) => (line === '' ? '' : `  ${paint('cyan', line)}`)),
    '',
    ...warnings.map((warning) => paint('yellow', warning)),
  ]
}

function outcome({ env }: Plan, written: boolean, { paint }: Terminal): string {
  if (env === null) return '.env already contains a secret. It was not changed.'
  if (written) return `${paint('green', 'written')} .env. Start your app with node --env-file=.env`
  return 'Nothing was written. Use --yes to write a new secret into .env.'
}
