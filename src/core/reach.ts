import { DjiCloudError, isDjiCloudError } from './errors.ts'

/**
 * A store that cannot be reached is a 503: never a stranger let in, never a session taken for ended. What the platform
 * itself refuses, or a package that is missing, keeps its own name.
 */
export async function reach<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (isDjiCloudError(cause)) throw cause
    throw new DjiCloudError('STORE_UNAVAILABLE', { cause, headers: { 'retry-after': '5' } })
  }
}
