import { memoryUsers, type PasswordUserStore } from '../../src/adapters/users/memory.ts'
import { WORKSPACE_A, WORKSPACE_B } from './sessions.ts'

/** Real scrypt, made cheap: what it costs is not what these tests are about. */
const CHEAP = { ln: 4, r: 8, p: 1 }

export const PASSWORD = 'obviously-fake-password'

/** amelia flies for Alpha, bert for Bravo, wanda watches Alpha in a browser. */
export const testUsers = (): PasswordUserStore =>
  memoryUsers(
    [
      { username: 'amelia', password: PASSWORD, workspace: WORKSPACE_A },
      { username: 'bert', password: PASSWORD, workspace: WORKSPACE_B },
      { username: 'wanda', password: PASSWORD, role: 'web', workspace: WORKSPACE_A },
    ],
    CHEAP,
  )
