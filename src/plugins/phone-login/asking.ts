import { type HttpRequest, isSerial } from '../../plugin.ts'
import type { AskingController } from './records.ts'

/** What browsers of controllers call themselves (facts A1), and what the model is called. The rest of a name may be anything. */
const MODELS: readonly (readonly [named: RegExp, model: string])[] = [
  [/^(DJI )?RC Pro Enterprise$/i, 'RC Pro Enterprise'],
  [/^(DJI )?RC Plus 2$/i, 'RC Plus 2'],
  [/^(DJI )?RC Plus$/i, 'RC Plus'],
  [/^(DJI )?(Smart Controller Enterprise|RM500)$/i, 'Smart Controller Enterprise'],
]
/** A name of one word or a few: too short for a sentence that persuades somebody. */
const LONGEST_NAME = 24

/**
 * `Mozilla/5.0 (Linux; Android 10; DJI RC Pro Enterprise; wv) ...`: what comes after the version of Android. A browser can write anything
 * there, and the phone shows it. Null: it names no device.
 */
export function deviceOf(userAgent: unknown): string | null {
  if (typeof userAgent !== 'string' || userAgent.length > 1024) return null
  const named = /\(Linux; Android [^;)]{1,16}; ([^;)]{1,200})/.exec(userAgent)?.[1]
  const name = named?.replace(/ Build\/.*$/, '').trim()
  // Browsers of today write K instead of a model.
  if (name === undefined || name === 'K') return null
  const known = MODELS.find(([pattern]) => pattern.test(name))
  if (known !== undefined) return known[1]
  const safe = name
    .replace(/[^A-Za-z0-9 ._-]/g, '')
    .slice(0, LONGEST_NAME)
    .trim()
  return safe === '' ? null : safe
}

/** What is known of a controller that asks for a code. @param serial as its page says */
export const askingOf = (
  { address, headers }: Pick<HttpRequest, 'address' | 'headers'>,
  serial: string | null | undefined,
): AskingController => ({
  address,
  serial: typeof serial === 'string' && isSerial(serial) ? serial : null,
  device: deviceOf(headers['user-agent']),
})
