import { randomBytes, randomInt } from 'node:crypto'
import type { MemoryUser } from './adapters/users/memory.ts'
import type { Logger, Workspace } from './core/ports/index.ts'

/** Fixed, so that a controller that comes back after a restart finds the workspace that it knows. */
export const DEVELOPMENT_WORKSPACE: Workspace = {
  id: 'de7e1095-0000-4000-8000-000000000001',
  name: 'Development',
  description: 'Made up by dji-cloud; set the option `workspace` or `users`.',
}

/** No 0/O, 1/l/I: it is typed on a controller, in the sun. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/** About 59 bits, in groups that can be read out. */
export const readablePassword = (): string =>
  Array.from({ length: 3 }, () =>
    Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join(''),
  ).join('-')

export const ephemeralSecret = (): string => randomBytes(32).toString('base64')

export const developmentUser = (password: string, workspace: Workspace): MemoryUser => ({
  username: 'pilot',
  password,
  workspace,
})

/** Warnings and errors on the terminal. In production the default is silence: a host has a logger of its own. */
export const terminalLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => console.warn(line('warn', fields, message)),
  error: (fields, message) => console.error(line('error', fields, message)),
}

function line(level: string, fields: object, message: string): string {
  const { err, ...rest } = fields as { err?: unknown }
  const more = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : ''
  const cause = err instanceof Error ? `: ${err.message}` : ''
  return `dji-cloud ${level}: ${message}${cause}${more}`
}
