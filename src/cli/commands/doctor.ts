import { type DoctorReport, doctor } from '../../doctor/index.ts'
import { maybeAccount } from '../account.ts'
import { EXIT, type Terminal } from '../terminal.ts'

interface Options {
  readonly user?: string
  readonly local?: boolean
  readonly json?: boolean
}

export async function doctorCommand(terminal: Terminal, url: string, options: Options): Promise<number> {
  const account = await accountOf(terminal, options)
  const report = await doctor({
    url,
    local: options.local ?? false,
    ...account,
    onCheck: (title) => options.json !== true && terminal.progress(`looking: ${title}`),
  })
  terminal.progress(null)
  if (options.json === true) terminal.print(JSON.stringify(report, null, 2))
  else for (const line of inWords(report, terminal, account !== null)) terminal.print(line)
  return report.healthy ? EXIT.well : EXIT.unwell
}

async function accountOf(terminal: Terminal, { user, json }: Options) {
  const known = await maybeAccount(user, terminal)
  if (known !== null || user === undefined || json === true || !terminal.interactive) return known
  return { username: user, password: await terminal.askSecret(`Password of ${user}: `) }
}

const MARKS = {
  ok: ['green', 'ok'],
  warning: ['yellow', 'warning'],
  problem: ['red', 'PROBLEM'],
  skipped: ['dim', 'left out'],
} as const

function inWords(
  { url, checks, findings, healthy }: DoctorReport,
  { paint }: Terminal,
  loggedIn: boolean,
): string[] {
  const lines = [paint('bold', url)]
  for (const { title, outcome } of checks) {
    const [colour, mark] = MARKS[outcome]
    lines.push(`  ${paint(colour, mark.padEnd(9))} ${title}`)
  }
  for (const { severity, what, why, fix, detail } of findings) {
    const colour = severity === 'problem' ? 'red' : 'yellow'
    lines.push(
      '',
      paint(colour, detail === null ? what : `${what} (${detail})`),
      `  why it matters: ${why}`,
      `  what to change: ${fix}`,
    )
  }
  if (!loggedIn)
    lines.push(
      '',
      paint('dim', 'Nobody was logged in: with --user the login and the broker are looked at, too.'),
    )
  lines.push(
    '',
    healthy ? paint('green', 'Pilot should get in.') : paint('red', 'Pilot will not get in, or not stay.'),
  )
  return lines
}
