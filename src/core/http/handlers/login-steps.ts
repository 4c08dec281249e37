import { type LoginFlag, roleOfFlag, takesRole } from '../../access/account-flag.ts'
import { type CheckedChallenge, checkedChallenge, isChallenge, readCode } from '../../access/challenge.ts'
import { hostDataOf, readHostData } from '../../access/host-data.ts'
import type { TypedLogin } from '../../access/login-throttle.ts'
import type { FirstStep, PendingLogin, VoidReason } from '../../access/second-step.ts'
import { DjiCloudError, type ErrorName, isDjiCloudError } from '../../errors.ts'
import type { LoginFailure } from '../../events.ts'
import {
  type AuthenticatedUser,
  type GivenChallenge,
  type LoginChallenge,
  type LoginContext,
  type LoginCredentials,
  seconds,
} from '../../ports/index.ts'
import { reach } from '../../promises.ts'
import { publicBase } from '../addresses.ts'
import { languageOf } from '../language.ts'
import type { HttpRequest, HttpResponse } from '../types.ts'
import { success } from '../wire.ts'
import { loginAnswer } from './login-answer.ts'
import type { Services } from './services.ts'

const ERROR_OF = {
  credentials: 'LOGIN_REFUSED',
  account_type: 'ACCOUNT_TYPE',
  challenge: 'CHALLENGE_REFUSED',
} as const satisfies Partial<Record<LoginFailure, ErrorName>>

/**
 * The steps of a login, and their events. If the login ends in a step, the step throws the error that the client gets.
 */
export function createLoginSteps(services: Services) {
  const { options, sessions, users, throttle, queue, secondStep, clock, emit } = services

  function contextOf(flag: LoginFlag, request: HttpRequest): LoginContext {
    return {
      role: roleOfFlag(flag),
      address: request.address,
      language: languageOf(options.pages, request),
    }
  }

  function accessLink(request: HttpRequest): string {
    const { origin, mount } = publicBase(options.publicUrl, request)
    return `${origin}${mount}/pilot`
  }

  /** Waits for the turn of this login, and counts it only then. A login that gets no turn has tested no password. */
  async function authenticate(
    credentials: LoginCredentials,
    context: LoginContext,
    login: TypedLogin,
  ): Promise<AuthenticatedUser | LoginChallenge | null> {
    const { username, address } = login
    const turn = async () => {
      await throttle?.attempt(login)
      return reach(users.authenticate(credentials, context)).catch(withoutPackage)
    }
    return told(username, address, async () => {
      await throttle?.admit(login)
      const isKnown = throttle?.isKnown(login) ?? false
      return queue === null ? turn() : queue.run({ address, username, isKnown }, turn)
    })
  }

  /**
   * The answer to a right password where a code is needed as well. The attempt stays counted until the code was right,
   * too. So a client that knows a password cannot cause codes to be sent without limit.
   */
  function challenged(answer: LoginChallenge, first: FirstStep, request: HttpRequest): DjiCloudError {
    if (secondStep === null || users.verifyChallenge === undefined)
      throw wrongAnswer(
        new TypeError(
          'authenticate() returned a challenge, but the user store has no verifyChallenge(). Add it, or return no challenge.',
        ),
      )
    const checked = checkedAnswer(answer)
    const { kind, userId, hint, digits } = checked
    const { token, attemptsLeft, expiresAt } = secondStep.begin(checked, first)
    const { username, address } = first
    emit('login.challenged', { at: clock.now(), address, userId, username, challenge: kind })
    const challenge = { token, kind, hint, digits, attempts_left: attemptsLeft }
    return new DjiCloudError('CHALLENGE', {
      // Other front ends show the message, and cannot ask for a code.
      message: `The password is right. This login needs a code as well. If this page does not ask for it, log in at ${accessLink(request)}`,
      data: {
        challenge: { ...challenge, expires_at: seconds(expiresAt), expires_in: secondsUntil(expiresAt) },
      },
    })
  }

  /** The login that this token continues. */
  function pending(
    token: string,
    from: { readonly pageKey: string | null; readonly flag: LoginFlag | null },
    request: HttpRequest,
  ): PendingLogin {
    const found = secondStep?.open(token) ?? null
    // The token was not made here, so the event has no name.
    if (secondStep === null || found === null) throw challengeVoid('unknown')
    const fault = secondStep.fault(found, from)
    if (fault !== null) throw voided(fault, found, request)
    return found
  }

  /** The user if the code is right. */
  async function answer(
    login: PendingLogin,
    typed: string,
    request: HttpRequest,
  ): Promise<AuthenticatedUser> {
    const { username, userId } = login
    const { address } = request
    const turn = async () => {
      const left = (await secondStep?.attempt(login, address)) ?? 'unknown'
      if (typeof left === 'string') throw voided(left, login, request)
      return { left, user: await verified(login, typed, request) }
    }
    const isKnown = secondStep?.isKnown(login, address) ?? false
    const { left, user } = await told(username, address, () =>
      queue === null ? turn() : queue.run({ address, username, isKnown }, turn),
    )
    if (user === null) {
      if (left === 0) throw voided('too_many', login, request)
      const data = { attempts_left: left, expires_in: secondsUntil(login.expiresAt) }
      throw refused('challenge', username, request, data)
    }
    if (user.id !== userId)
      throw wrongAnswer(
        new TypeError(
          'verifyChallenge() returned another user than the one of the challenge. Return the user whose password was right.',
        ),
      )
    if ((await secondStep?.finish(login, address)) !== true) throw voided('used', login, request)
    return user
  }

  async function verified(
    login: PendingLogin,
    typed: string,
    request: HttpRequest,
  ): Promise<AuthenticatedUser | null> {
    const code = readCode(typed, login.digits)
    if (code === null) return null
    const work = async () =>
      users.verifyChallenge?.({ ...givenOf(login), code }, contextOf(login.flag, request))
    const user = (await reach(work()).catch(withoutPackage)) ?? null
    if (user !== null && isChallenge(user)) throw wrongAnswer(new TypeError(ONE_CHALLENGE))
    return user
  }

  /**
   * The user has left the challenge. What was counted stays counted, so that nobody can cause codes to be sent without
   * limit.
   */
  async function cancel(login: PendingLogin, request: HttpRequest): Promise<HttpResponse> {
    if ((await secondStep?.cancel(login)) === true)
      await reach((async () => users.cancelChallenge?.(givenOf(login), contextOf(login.flag, request)))())
    return success({})
  }

  /** Opens the session of a user whose password, and code, were right. */
  async function complete(
    user: AuthenticatedUser,
    first: TypedLogin & Pick<FirstStep, 'flag'>,
    request: HttpRequest,
    challenge: string | null,
  ): Promise<HttpResponse> {
    if (!takesRole(first.flag, user.role)) throw refused('account_type', first.username, request)
    const record = { signInSource: null, hostData: keptData(user) }
    // The password was typed at that address, and the attempt was counted for it.
    await throttle?.succeeded(first)
    const granted = await sessions.open(user, request.address, null, record, challenge)
    return success(await loginAnswer(services, granted, user, request))
  }

  function refused(
    reason: keyof typeof ERROR_OF,
    username: string,
    { address }: HttpRequest,
    data?: Readonly<Record<string, unknown>>,
  ): DjiCloudError {
    emit('login.failed', { at: clock.now(), address, username, reason, by: null })
    return new DjiCloudError(ERROR_OF[reason], { data })
  }

  function voided(reason: VoidReason, { username }: PendingLogin, { address }: HttpRequest): DjiCloudError {
    emit('login.failed', { at: clock.now(), address, username, reason: 'challenge_void', by: null })
    return challengeVoid(reason)
  }

  const secondsUntil = (at: number): number => Math.max(0, Math.ceil((at - clock.now()) / 1000))

  /** Tells the host about logins that are refused without a check. */
  async function told<Value>(username: string, address: string, work: () => Value): Promise<Awaited<Value>> {
    try {
      return await work()
    } catch (error) {
      if (isDjiCloudError(error) && (error.code === 'THROTTLED' || error.code === 'BUSY')) {
        emit('login.throttled', {
          at: clock.now(),
          address,
          username,
          retryAfterSeconds: Number(error.headers['retry-after']),
        })
      }
      throw error
    }
  }

  return { contextOf, accessLink, authenticate, challenged, pending, answer, cancel, complete, refused }
}

const givenOf = ({ kind, userId, username, data }: PendingLogin): GivenChallenge => ({
  ...{ challenge: kind, id: userId, username },
  data: data === null ? undefined : readHostData(data),
})

const ONE_CHALLENGE =
  'verifyChallenge() returned a user with the field challenge. A login has one challenge only: return the user without this field'

/** Hides which package is missing. The log names it; users who log in do not need to know. */
function withoutPackage(error: unknown): never {
  if (isDjiCloudError(error) && error.code === 'PACKAGE_MISSING')
    throw new DjiCloudError('STORE_UNAVAILABLE', { cause: error, headers: { 'retry-after': '60' } })
  throw error
}

/** The answer of the user store has a wrong form. The log has the details; users who log in do not need them. */
const wrongAnswer = (cause: unknown): DjiCloudError => new DjiCloudError('STORE_UNAVAILABLE', { cause })

function keptData({ data }: AuthenticatedUser): string | null {
  try {
    return hostDataOf(data)
  } catch (cause) {
    throw wrongAnswer(cause)
  }
}

function checkedAnswer(answer: LoginChallenge): CheckedChallenge {
  try {
    return checkedChallenge(answer)
  } catch (cause) {
    throw wrongAnswer(cause)
  }
}

const challengeVoid = (reason: VoidReason): DjiCloudError =>
  new DjiCloudError('CHALLENGE_VOID', { data: { reason } })
