import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type DoctorReport, doctor } from '../../doctor/index.ts'
import { type LoginOptions, loginFrom, maybeAccount } from '../account.ts'
import { EXIT, type Terminal, UsageError } from '../terminal.ts'

interface Options extends LoginOptions {
  readonly user?: string
  readonly local?: boolean
  readonly ca?: string
  readonly insecure?: boolean
  readonly json?: boolean
}

export async function doctorCommand(terminal: Terminal, url: string, options: Options): Promise<number> {
  const account = await accountOf(terminal, options)
  const report = await doctor({
    url,
    allowLocalAddresses: options.local ?? false,
    insecure: options.insecure ?? false,
    ...(options.ca === undefined ? {} : { ca: await authorityFrom(resolve(terminal.cwd, options.ca)) }),
    ...account,
    ...loginFrom(options, terminal, options.json !== true),
    onCheck: (title) => options.json !== true && terminal.progress(`checking: ${title}`),
  })
  terminal.progress(null)
  if (options.json === true) terminal.print(JSON.stringify(report, null, 2))
  else for (const line of inWords(report, terminal, account !== null)) terminal.print(line)
  return CODES[report.verdict]
}

const CODES = { good: EXIT.well, incomplete: EXIT.incomplete, bad: EXIT.unwell } as const

async function authorityFrom(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) throw new UsageError(`--ca: ${path} cannot be read. Give the path of a PEM file.`)
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new UsageError(`--ca: ${path} contains no certificate. Give a PEM file.`)
  return text
}

async function accountOf(terminal: Terminal, { user, json }: Options) {
  const known = await maybeAccount(user, terminal)
  if (known !== null || user === undefined || json === true || !terminal.interactive) return known
  return { username: user, password: await terminal.askSecret(`Password of ${user}: `) }
}

const VERDICTS: Readonly<Record<DoctorReport['verdict'], (paint: Terminal['paint']) => string>> = {
  good: (paint) => paint('green', 'Pilot should be able to connect.'),
  incomplete: (paint) =>
    paint(
      'yellow',
      'No problem was found, but not everything was checked. Whether Pilot can connect is not known.',
    ),
  bad: (paint) => paint('red', 'Pilot cannot connect, or will lose the connection.'),
}

const MARKS = {
  ok: ['green', 'ok'],
  warning: ['yellow', 'warning'],
  problem: ['red', 'PROBLEM'],
  skipped: ['dim', 'not needed'],
  unchecked: ['yellow', 'NOT CHECKED'],
} as const

function inWords(
  { url, checks, findings, verdict }: DoctorReport,
  { paint }: Terminal,
  loggedIn: boolean,
): string[] {
  const lines = [paint('bold', url)]
  for (const { title, outcome, why } of checks) {
    const [color, mark] = MARKS[outcome]
    lines.push(`  ${paint(color, mark.padEnd(11))} ${title}${why === undefined ? '' : `: ${why}`}`)
  }
  for (const { severity, what, why, pilot, server, evidence, at } of findings) {
    const color = severity === 'problem' ? 'red' : 'yellow'
    lines.push(
      '',
      paint(color, `${at === null ? '' : `${at}: `}${evidence === null ? what : `${what} (${evidence})`}`),
      `  why it matters: ${why}`,
      ...(pilot === null ? [] : [`  what a pilot does: ${pilot}`]),
      ...(server === null ? [] : [`  what to change on the server: ${server}`]),
    )
  }
  if (!loggedIn)
    lines.push(
      '',
      paint('dim', 'Login and broker were not checked, because no account was given: use --user.'),
    )
  lines.push('', VERDICTS[verdict](paint))
  return lines
}
