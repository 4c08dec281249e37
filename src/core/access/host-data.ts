import { DjiCloudError } from '../errors.ts'

/** A session is read with every request, so the host's data in it has to be small. */
const MAX_BYTES = 4096

const refusal = (needs: string): DjiCloudError =>
  new DjiCloudError('INVALID_INPUT', { message: `The data of a session needs ${needs}.` })

/**
 * The text that a store keeps for data of the host; null: nothing.
 * @throws DjiCloudError INVALID_INPUT if the data is not JSON, or has more than 4 KiB
 */
export function hostDataOf(data: unknown): string | null {
  if (data === undefined || data === null) return null
  let text: string | undefined
  try {
    text = JSON.stringify(data)
  } catch {
    // The message of JSON.stringify may contain the data, so it is not shown.
  }
  if (text === undefined) throw refusal('values that can be written as JSON')
  if (Buffer.byteLength(text) > MAX_BYTES) throw refusal(`${MAX_BYTES} bytes of JSON at most`)
  return text
}

/** The data that a session was opened with. @param text of `hostDataOf` */
export const readHostData = (text: string): unknown => JSON.parse(text)
