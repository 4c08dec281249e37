import { type DjiCloudError, type HttpRequest, isDjiCloudError, networkOf } from '../../plugin.ts'
import type { PhoneContext } from './context.ts'
import type { ParsedPhoneLoginOptions } from './options.ts'

export interface Limits {
  /** Counts a new code. @throws DjiCloudError THROTTLED, STORE_UNAVAILABLE */
  code(request: HttpRequest): Promise<void>
  /**
   * Counts a code that a user enters, before it is looked at. @returns takes it back, because the code was right
   * @throws DjiCloudError THROTTLED, STORE_UNAVAILABLE
   */
  guess(request: HttpRequest, userId: string): Promise<() => Promise<void>>
}

export function createLimits(context: PhoneContext, limits: ParsedPhoneLoginOptions['limits']): Limits {
  const codes = context.rateLimit('codes-per-address', limits.codesPerAddress)
  const ofUser = context.rateLimit('guesses-per-user', limits.guessesPerUser)
  const ofAddress = context.rateLimit('guesses-per-address', limits.guessesPerAddress)

  async function told(
    what: 'codes' | 'guesses',
    { address }: HttpRequest,
    userId: string | null,
    work: Promise<void>,
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
    async guess(request, userId) {
      const network = networkOf(request.address)
      // Both count also where the first refuses: who is refused must not get free tries at the other.
      const counted = Promise.all([ofUser.count(userId), ofAddress.count(network)])
      await told(
        'guesses',
        request,
        userId,
        counted.then(() => undefined),
      )
      return async () => {
        await Promise.all([ofUser.refund(userId), ofAddress.refund(network)])
      }
    },
  }
}

const isThrottled = (error: unknown): error is DjiCloudError =>
  isDjiCloudError(error) && error.code === 'THROTTLED'
