import { type Fault, fault } from './faults.ts'
import type { ParsedOptions } from './schema.ts'

/** Whether anybody logs in with a name and a password of the option `users`. */
export const hasUsers = ({ users, login }: Pick<ParsedOptions, 'users' | 'login'>): boolean =>
  users !== false && (users !== undefined || login === undefined)

/** Faults of the option `login` that the schema cannot find. */
export const loginFaults = (options: Pick<ParsedOptions, 'users' | 'login'>): Fault[] =>
  options.login !== undefined && options.login.findById === undefined && !hasUsers(options)
    ? [
        fault(
          'login.findById',
          'is missing: without the option users, the platform cannot ask what a user may do; give login.findById, or users',
        ),
      ]
    : []
