import { z } from 'zod'
import type { HostLogin } from '../sign-in/host-login.ts'
import { type Fault, fault } from './faults.ts'
import { safeUrl } from './pieces.ts'
import type { ParsedOptions } from './schema.ts'

const fn = <Type>() => z.custom<Type>((value) => typeof value === 'function', { message: 'needs a function' })

const address = z
  .string()
  .max(2000)
  .refine((value) => /^\/(?![/\\])/.test(value) || /^https?:$/.test(safeUrl(value)?.protocol ?? ''), {
    message: 'needs a path as the browser sees it, such as /login, or an address with https://',
  })

export const loginSchema = z.strictObject({
  currentUser: fn<HostLogin['currentUser']>(),
  findById: fn<NonNullable<HostLogin['findById']>>().exactOptional(),
  loginUrl: address,
  logoutUrl: address.exactOptional(),
  returnParameter: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'needs letters, digits, dots, hyphens and underscores, such as return_to')
    .default('return_to'),
  label: z.string().trim().min(1).max(64).exactOptional(),
  password: z.boolean().default(true),
})

/** Whether anybody logs in with a name and a password of the option `users`. */
export const hasUsers = ({ users, login }: Pick<ParsedOptions, 'users' | 'login'>): boolean =>
  users !== false && (users !== undefined || login === undefined)

/** What the schema cannot say of the option `login`. */
export const loginFaults = (options: Pick<ParsedOptions, 'users' | 'login'>): Fault[] =>
  options.login !== undefined && options.login.findById === undefined && !hasUsers(options)
    ? [
        fault(
          'login.findById',
          'is missing: without the option users, nobody else can say what a user may do; give login.findById, or users',
        ),
      ]
    : []
