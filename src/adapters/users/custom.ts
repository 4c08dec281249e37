import type {
  AuthenticatedUser,
  ChallengeAnswer,
  GivenChallenge,
  LoginChallenge,
  LoginContext,
  LoginField,
  LoginFields,
  Role,
  User,
  UserStore,
} from '../../core/ports/index.ts'
import { checkedUser, type UserInput } from './schema.ts'

/**
 * The functions for `customUsers` that read your own user table. `verifyChallenge` is needed where `authenticate` may return a
 * challenge.
 */
export type CustomUsers<Fields extends LoginFields = LoginFields> =
  | PasswordUsers<Fields>
  | TwoStepUsers<Fields>

interface CommonUsers<Fields extends LoginFields> {
  /** More fields of the login form, by name: `{ tenant: { label: 'Tenant' } }`. `authenticate` gets what was typed. @default none */
  readonly fields?: Fields | undefined
  /**
   * The user as stored now, or null if deleted or disabled. Called at every refresh. Throw if you cannot find out.
   * @param data what the session keeps, from `authenticate` or `sessions.open(user, { data })`; undefined: nothing
   * @param role of the session; undefined: not known yet. Return it for people who are both
   */
  findById(id: string, data?: unknown, role?: Role): Awaitable<UserInput | null | undefined>
  /** Called when the platform closes. */
  close?(): Promise<void>
}

/** Users who log in with a password. */
export interface PasswordUsers<Fields extends LoginFields = LoginFields> extends CommonUsers<Fields> {
  /**
   * The user with this name and password. Return null if the name or the password is wrong. Throw if you cannot find
   * out, for example because a service is down: the login then gets 503, not "wrong password".
   * @param credentials name, password, and each of `fields`
   * @param context where the user logs in. A user whom you return without a role is a pilot; return `context.role` for
   * people who are both
   */
  authenticate(credentials: CredentialsOf<Fields>, context: LoginContext): Awaitable<Authenticated>
  /** Only with challenges. */
  readonly verifyChallenge?: undefined
  /** Only with challenges. */
  readonly cancelChallenge?: undefined
}

/** Users of whom some need a code after the password. */
export interface TwoStepUsers<Fields extends LoginFields = LoginFields> extends CommonUsers<Fields> {
  /**
   * The user with this name and password, or a challenge if a code is needed as well. Return null if the name or the
   * password is wrong: a challenge says that both were right. Throw if you cannot find out.
   * @param credentials name, password, and each of `fields`
   */
  authenticate(
    credentials: CredentialsOf<Fields>,
    context: LoginContext,
  ): Awaitable<Authenticated | ChallengeInput>
  /**
   * The user of this challenge if the code is right, and null if it is wrong. Throw if you cannot find out: the login
   * then gets 503. The platform limits how often it is called; compare codes without a difference in time
   * (`timingSafeEqual`), and let no code work twice.
   */
  verifyChallenge(answer: ChallengeAnswer, context: LoginContext): Awaitable<Authenticated>
  /**
   * The user has pressed Back. Let the code that you have sent for this challenge not work any more. The platform takes no code for the challenge
   * from now on, with or without this function. @default nothing
   */
  cancelChallenge?(challenge: GivenChallenge, context: LoginContext): Awaitable<void>
}

type Awaitable<Value> = Value | Promise<Value>

type ValueOf<Field extends LoginField> = Field extends { readonly choices: infer Choices extends object }
  ? `${keyof Choices & (string | number)}`
  : string

/** What `authenticate` gets: name, password, and the values of the form's `fields`. One with `required: false` may be undefined. */
export type CredentialsOf<Fields extends LoginFields> = {
  readonly username: string
  readonly password: string
} & {
  readonly [Name in keyof Fields]: Fields[Name] extends { readonly required: false }
    ? ValueOf<Fields[Name]> | undefined
    : ValueOf<Fields[Name]>
}

/** A user, as `authenticate` returns it. */
export interface AuthenticatedInput extends UserInput {
  /** JSON that the session keeps and `findById` gets at each refresh, 4 KiB at most, such as a token of your login service. @default nothing */
  readonly data?: unknown
}

/** A challenge, as `authenticate` returns it. */
export interface ChallengeInput extends Omit<LoginChallenge, 'id'> {
  /** The id of the user whose password was right; a number is converted to text. */
  readonly id: string | number
}

type Authenticated = AuthenticatedInput | null | undefined

/**
 * Users of your own database or login service. The returned users are checked: if Pilot could not work with one, the call
 * rejects with a TypeError that names the field.
 */
export function customUsers<const Fields extends LoginFields = Record<never, never>>(
  users: CustomUsers<Fields>,
): UserStore {
  const { fields, authenticate, verifyChallenge, cancelChallenge, findById, close } = users
  return {
    ...(fields === undefined ? {} : { fields }),
    async authenticate(credentials, context) {
      // The platform has checked what was typed against `fields`.
      const answer = await authenticate(credentials as CredentialsOf<Fields>, context)
      if (isChallenge(answer)) return asChallenge(answer)
      return readLogin(answer, 'the answer of authenticate()')
    },
    ...(verifyChallenge === undefined
      ? {}
      : {
          async verifyChallenge(answer: ChallengeAnswer, context: LoginContext) {
            const given = await verifyChallenge(answer, context)
            if (isChallenge(given))
              throw new TypeError(
                'customUsers: verifyChallenge() returned a user with the field challenge. A login has one challenge only: return the user without this field',
              )
            const user = readLogin(given, 'the answer of verifyChallenge()')
            if (user !== null && user.id !== answer.id)
              throw new TypeError(
                'customUsers: verifyChallenge() returned another user than the one of the challenge. Return the user whose password was right.',
              )
            return user
          },
        }),
    ...(cancelChallenge === undefined
      ? {}
      : {
          async cancelChallenge(challenge: GivenChallenge, context: LoginContext) {
            await cancelChallenge(challenge, context)
          },
        }),
    async findById(id, data, role) {
      const user = read(await findById(id, data, role), 'the answer of findById()')
      // This answer decides about rights, so it must be the right user.
      if (user !== null && user.id !== id)
        throw new TypeError(
          'customUsers: findById() returned another user. Return the user with the id that was asked for, or null.',
        )
      return user
    },
    ...(close === undefined ? {} : { close: () => close() }),
  }
}

/**
 * This is also true for a challenge with a wrong form, which the platform refuses. A user with such a field must not
 * log in without a code.
 */
const isChallenge = (answer: Authenticated | ChallengeInput): answer is ChallengeInput =>
  ((answer as Partial<ChallengeInput> | null | undefined)?.challenge ?? null) !== null

/** A missing id stays missing, so that the platform refuses it. */
const asChallenge = (answer: ChallengeInput): LoginChallenge => ({
  ...answer,
  id: typeof answer.id === 'number' ? String(answer.id) : answer.id,
})

const read = (answer: UserInput | null | undefined, what: string): User | null =>
  answer === null || answer === undefined ? null : checkedUser(answer, `customUsers: ${what}`)

function readLogin(answer: Authenticated, what: string): AuthenticatedUser | null {
  const user = read(answer, what)
  return user === null || answer?.data === undefined ? user : { ...user, data: answer.data }
}
