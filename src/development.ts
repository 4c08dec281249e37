import { randomBytes, randomInt } from 'node:crypto'
import type { MemoryUser } from './adapters/users/memory.ts'
import type { Workspace } from './core/ports/index.ts'

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
