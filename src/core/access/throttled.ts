import { DjiCloudError } from '../errors.ts'

/** @param ms until another attempt is allowed */
export function throttled(ms: number): DjiCloudError {
  const seconds = Math.max(1, Math.ceil(ms / 1000))
  return new DjiCloudError('THROTTLED', {
    headers: { 'retry-after': String(seconds) },
    data: { retry_after: seconds },
  })
}
