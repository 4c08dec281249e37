import { DjiCloudError } from './errors.ts'

/** A store that cannot be reached is a 503: never a stranger let in, never a session taken for ended. */
export async function reach<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new DjiCloudError('STORE_UNAVAILABLE', { cause, headers: { 'retry-after': '5' } })
  }
}
