import { z } from 'zod'

const decided = z.strictObject({
  /** The same for each time that one decision is told. It is told twice only if the shared store fails at that moment. */
  decisionId: z.string(),
  /** When it was decided; ms since the epoch */
  at: z.number(),
  /** Who decided. */
  userId: z.string(),
  username: z.string(),
  workspaceId: z.string(),
  /** The id of the login that knows the user on the phone. */
  source: z.string(),
  /** The remote IP address of the phone. */
  address: z.string(),
  /** The remote IP address of the controller. */
  controllerAddress: z.string(),
  /** The serial number of the controller, as its page says; not checked. */
  serial: z.string().nullable(),
})

/** The events of the plugin, for the audit trail. The session itself is told as `login.succeeded` with `by: 'phone'`. */
export const EVENTS = {
  'phone.approved': decided,
  /** Also after `phone.approved` of the same user, if that user then pressed Deny: the session was ended. */
  'phone.denied': decided,
  /** Somebody tries codes, or asks for too many. */
  'phone.throttled': z.strictObject({
    at: z.number(),
    what: z.enum(['codes', 'guesses']),
    /** Null: nobody is logged in there. */
    userId: z.string().nullable(),
    address: z.string(),
    retryAfterSeconds: z.number(),
  }),
}
