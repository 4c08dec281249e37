import { type HttpRequest, isSerial } from '../../plugin.ts'
import type { AskingController } from './records.ts'

const LONGEST_DEVICE = 64

/**
 * `Mozilla/5.0 (Linux; Android 10; DJI RC Pro Enterprise; wv) ...` (facts A1): what comes after the version of Android. A browser
 * can write anything there. Null: it names no device.
 */
export function deviceOf(userAgent: unknown): string | null {
  if (typeof userAgent !== 'string' || userAgent.length > 1024) return null
  const named = /\(Linux; Android [^;)]{1,16}; ([^;)]{1,200})/.exec(userAgent)?.[1]
  const name = named
    ?.replace(/ Build\/.*$/, '')
    .replace(/\p{C}/gu, '')
    .trim()
  return name === undefined || name === '' || name === 'K' ? null : name.slice(0, LONGEST_DEVICE)
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
