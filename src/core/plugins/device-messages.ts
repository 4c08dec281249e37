import type { z } from 'zod'
import type { Devices } from '../devices/service.ts'
import type { DeviceHandler } from '../mqtt/device-handlers.ts'
import type { Logger } from '../ports/logger.ts'
import type { DeviceEventRow, DeviceMessageContext, DeviceRefusal, DeviceRequestRow } from './rows.ts'

/** Any number except 0 is a refusal; DJI has no number for "the cloud failed". */
const FAILED = { result: 1 }

/**
 * The handler of a row of `deviceRequests` or `deviceEvents`. It never rejects, so that the device always gets an answer.
 * @param invalid reports a message that does not fit the row's schema; `reason` names the field
 */
export function deviceHandler(
  row: DeviceRequestRow | DeviceEventRow,
  logger: Logger,
  devicesIn: Devices['in'],
  invalid: (context: DeviceMessageContext, reason: string) => void,
): DeviceHandler {
  return async ({ data, ...message }) => {
    const context: DeviceMessageContext = { ...message, devices: devicesIn(message.workspaceId) }
    try {
      const parsed = await row.input.safeParseAsync(data)
      if (!parsed.success) {
        invalid(context, fieldOf(parsed.error))
        return FAILED
      }
      const output = await row.handle(parsed.data, context)
      return output === undefined ? { result: 0 } : { result: 0, output }
    } catch (error) {
      if (isRefusal(error)) return { result: error.result }
      const { method, gateway } = context
      logger.error(
        { err: error, method, gateway },
        'The handler for a message of a device failed. See the error.',
      )
      return FAILED
    }
  }
}

/** Recognised by its name: an app may load this package twice. */
const isRefusal = (error: unknown): error is DeviceRefusal =>
  error instanceof Error && error.name === 'DeviceRefusal'

/** @param above path of the checked value in the message */
export function fieldOf(error: z.ZodError, above: readonly string[] = ['data']): string {
  const [issue] = error.issues
  const path = [...above, ...(issue?.path ?? [])].join('.')
  return `${path === '' ? 'message' : path}: ${issue?.message ?? 'not understood'}`
}
