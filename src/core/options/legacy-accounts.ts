import { z } from 'zod'
import { looksIssued } from '../access/mqtt-credentials.ts'
import { isSerial } from '../mqtt/topics.ts'

/** No control characters: the name is written to our log and to the broker's. */
const NAME = /^[^\p{Cc}\u2028\u2029]{1,128}$/u

const legacyAccount = z.strictObject({
  username: z
    .string()
    .regex(NAME, 'needs 1 to 128 characters, none of them a control character')
    .refine(
      (name) => !looksIssued(name, undefined),
      'looks like a user name that dji-cloud issues; choose another',
    ),
  password: z.string().min(1, 'is empty').max(1024),
  workspace: z.guid({ message: 'needs the id of a workspace, a UUID' }),
  gateways: z
    .array(z.string().refine(isSerial, 'needs a serial number: letters and digits'))
    .min(1, 'is empty; leave this field out, or remove the account')
    .max(1_000)
    .exactOptional(),
})

export const legacyAccountsSchema = z.array(legacyAccount).max(100).default([])
