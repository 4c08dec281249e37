import { z } from 'zod'
import { check } from '../checking/explain.ts'
import type { LoginFields, UserStore } from '../ports/index.ts'
import { type Fault, fault } from './faults.ts'

/** Names that the login API uses itself, now or perhaps later. */
const TAKEN: ReadonlySet<string> = new Set([
  ...['username', 'password', 'flag', 'token', 'code', 'challenge', 'page_key', 'user_id', 'role'],
  ...['constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf'],
])

const MOST_FIELDS = 6
const MOST_CHOICES = 200

const words = z
  .union([
    z.string().trim().min(1).max(64),
    z.record(
      z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'needs language tags such as en or zh as names'),
      z.string().trim().min(1).max(64),
    ),
  ])
  .refine((given) => typeof given === 'string' || Object.keys(given).length > 0, 'needs a text')

const field = z.strictObject({
  label: words,
  required: z.boolean().exactOptional(),
  choices: z
    .record(z.string().min(1).max(64), words)
    .refine((given) => Object.keys(given).length > 0, 'needs at least one value')
    .refine((given) => Object.keys(given).length <= MOST_CHOICES, `takes at most ${MOST_CHOICES} values`)
    .exactOptional(),
  maxLength: z.int().min(1).max(1024).exactOptional(),
  remember: z.boolean().exactOptional(),
})

const fields = z
  .record(
    z
      .string()
      .regex(
        /^[a-z][A-Za-z0-9_]{0,31}$/,
        'needs names of a small letter, then letters, digits and underscores, such as tenant',
      )
      .refine((name) => !TAKEN.has(name), 'has a name that the login itself uses; choose another one'),
    field,
  )
  .refine((given) => Object.keys(given).length <= MOST_FIELDS, `takes at most ${MOST_FIELDS} fields`)

type Store = Pick<UserStore, 'fields' | 'verifyChallenge' | 'cancelChallenge'>

const storeOf = (users: unknown): Partial<Store> =>
  typeof users === 'object' && users !== null && !Array.isArray(users) ? users : {}

/** The fields of the login form that a user store wants. */
export const loginFieldsOf = (users: Store): LoginFields => users.fields ?? {}

/**
 * The faults in the fields that a user store adds to the login form. The schema of the options does not check them,
 * because a store is an object of the host.
 * @param isLimited whether failed logins are limited
 */
export function loginFormFaults(users: unknown, isLimited: boolean): Fault[] {
  const store = storeOf(users)
  const faults: Fault[] = []
  if (store.fields !== undefined) {
    const checked = check(fields, store.fields, 'a setting of a field')
    if (!checked.ok)
      faults.push(
        ...checked.problems.map(({ path, text }) =>
          fault(`users.fields${path === '' ? '' : `.${path}`}`, text),
        ),
      )
  }
  if (store.verifyChallenge !== undefined) {
    if (typeof store.verifyChallenge !== 'function')
      faults.push(fault('users.verifyChallenge', 'needs a function'))
    else if (!isLimited)
      faults.push(
        fault(
          'loginRateLimit',
          'is false, and users has verifyChallenge: without a limit, codes can be guessed; leave it out, or set higher limits',
        ),
      )
  }
  if (store.cancelChallenge !== undefined) {
    if (typeof store.cancelChallenge !== 'function')
      faults.push(fault('users.cancelChallenge', 'needs a function'))
    else if (store.verifyChallenge === undefined)
      faults.push(
        fault('users.cancelChallenge', 'needs verifyChallenge as well: without it there are no challenges'),
      )
  }
  return faults
}
