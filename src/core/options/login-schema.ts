import { z } from 'zod'
import type { HostLogin } from '../sign-in/host-login.ts'
import { safeUrl } from './pieces.ts'

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
