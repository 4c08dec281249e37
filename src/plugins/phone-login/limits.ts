import {
  type DjiCloudError,
  type HttpRequest,
  isDjiCloudError,
  networkOf,
  type PluginRateLimit,
} from '../../plugin.ts'
import type { PhoneContext } from './context.ts'
import type { ParsedPhoneLoginOptions } from './options.ts'

/** Every method may reject with THROTTLED, and with STORE_UNAVAILABLE. */
export interface Limits {
  /** Counts a new code. */
  code(request: HttpRequest): Promise<void>
  /** A code was approved and used: its place is free for the next controller at this address. */
  codeUsed(address: string): Promise<void>
  /** Counts a code that a user enters, before it is looked at. @returns takes it back, because the code was right */
  guess(request: HttpRequest, userId: string): Promise<() => Promise<void>>
  /** Looks whether this user was refused too often to be told about another controller. Counts nothing. */
  mayAsk(request: HttpRequest, userId: string): Promise<void>
  /** Counts an approval that was refused: the answer tells that another workspace owns a serial number, which anybody can claim. */
  refused(userId: string): Promise<void>
}

export function createLimits(context: PhoneContext, limits: ParsedPhoneLoginOptions['limits']): Limits {
  const codes = context.rateLimit('codes-per-address', limits.codesPerAddress)
  const ofUser = context.rateLimit('guesses-per-user', limits.guessesPerUser)
  const ofAddress = context.rateLimit('guesses-per-address', limits.guessesPerAddress)
  const refusals = context.rateLimit('refusals-per-user', limits.guessesPerUser)

  async function told(
    what: 'codes' | 'guesses',
    { address }: HttpRequest,
    userId: string | null,
    work: Promise<unknown>,
  ): Promise<void> {
    try {
      await work
    } catch (error) {
      if (isThrottled(error)) {
        const retryAfterSeconds = Number(error.headers['retry-after'])
        context.emit('phone.throttled', { at: context.clock.now(), what, userId, address, retryAfterSeconds })
      }
      throw error
    }
  }

  return {
    code: (request) => told('codes', request, null, codes.count(networkOf(request.address))),
    codeUsed: (address) => codes.refund(networkOf(address)),
    async guess(request, userId) {
      const counted: readonly (readonly [PluginRateLimit, string])[] = [
        [ofUser, userId],
        [ofAddress, networkOf(request.address)],
      ]
      const each = (act: 'check' | 'count' | 'refund') =>
        Promise.all(counted.map(([limit, key]) => limit[act](key)))
      // First a look: who is locked out must not lock out the others at the address too. Both count then, also where the first
      // refuses, because many guesses may come at once.
      await told(
        'guesses',
        request,
        userId,
        each('check').then(() => each('count')),
      )
      return async () => {
        await each('refund')
      }
    },
    mayAsk: (request, userId) => told('guesses', request, userId, refusals.check(userId)),
    async refused(userId) {
      await refusals.count(userId).catch((error: unknown) => {
        if (!isThrottled(error)) throw error
      })
    },
  }
}

const isThrottled = (error: unknown): error is DjiCloudError =>
  isDjiCloudError(error) && error.code === 'THROTTLED'
