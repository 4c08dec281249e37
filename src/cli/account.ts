import type { LoginExtras } from '../bridge/types.ts'
import { type Terminal, UsageError } from './terminal.ts'

export interface Account {
  readonly username: string
  readonly password: string
  /** More fields of the login form. */
  readonly fields?: LoginExtras['fields']
}

/**
 * The account to log in with: from `--user name` or `name:password`, from `DJI_CLOUD_USER` and `DJI_CLOUD_PASSWORD`, from
 * `DJI_CLOUD_DEV_USER`, or asked for at the terminal. Everybody on the machine can see a password in a command line, so
 * the other ways are safer.
 * @throws UsageError if there is no terminal to ask at
 */
export async function accountFrom(given: string | undefined, terminal: Terminal): Promise<Account> {
  const account = await maybeAccount(given, terminal)
  if (account !== null) return account
  if (!terminal.interactive)
    throw new UsageError(
      'No account was given. Give --user NAME and the variable DJI_CLOUD_PASSWORD, or DJI_CLOUD_USER=name:password.',
    )
  const username = nameOf(given, terminal) ?? (await terminal.ask('User name: '))
  return { username, password: await terminal.askSecret(`Password of ${username}: `) }
}

/** The same, but does not ask at the terminal. Null: no account was given. */
export async function maybeAccount(given: string | undefined, { env }: Terminal): Promise<Account | null> {
  for (const text of [given, env['DJI_CLOUD_USER'], env['DJI_CLOUD_DEV_USER']]) {
    if (!text) continue
    const colon = text.indexOf(':')
    if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) }
    const password = env['DJI_CLOUD_PASSWORD']
    if (password) return { username: text, password }
    if (text === given) return null
  }
  return null
}

const nameOf = (given: string | undefined, { env }: Terminal): string | null =>
  given ?? env['DJI_CLOUD_USER'] ?? null

/** What `--field` and `--code` give. */
export interface LoginOptions {
  readonly field?: readonly string[]
  readonly code?: string
}

/**
 * What a login needs beside name and password: `--field name=value`, several times, and `--code`. Without `--code`, somebody at the
 * terminal is asked for it when the platform asks.
 * @param mayAsk false: the output is for a program
 * @throws UsageError for a field that is not written name=value
 */
export function loginFrom(
  { field = [], code }: LoginOptions,
  terminal: Terminal,
  mayAsk = true,
): LoginExtras {
  const fields: Record<string, string> = {}
  for (const pair of field) {
    const mark = pair.indexOf('=')
    if (mark < 1) throw new UsageError(`--field takes name=value, such as tenant=north, not "${pair}".`)
    fields[pair.slice(0, mark)] = pair.slice(mark + 1)
  }
  return {
    ...(field.length === 0 ? {} : { fields }),
    ...(code !== undefined
      ? { code }
      : terminal.interactive && mayAsk
        ? {
            code: ({ hint }) => terminal.ask(`Code of the second step${hint === null ? '' : ` (${hint})`}: `),
          }
        : {}),
  }
}
