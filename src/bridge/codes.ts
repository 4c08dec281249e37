/**
 * Codes of `core/errors.ts` that the page handles. They are repeated here so that the page does not load the whole
 * table of messages. A test compares both lists.
 */
export const SERVER_CODES = {
  TOKEN_MISSING: 401001,
  TOKEN_INVALID: 401002,
  TOKEN_EXPIRED: 401003,
  TOKEN_EXPIRED_REFRESHABLE: 401004,
  TOKEN_SPENT: 401005,
  SESSION_ENDED: 401006,
  LOGIN_REFUSED: 403001,
  ACCOUNT_TYPE: 403002,
  OTHER_WORKSPACE: 403003,
  NOT_SIGNED_IN: 403007,
  LOGIN_FIELDS: 400004,
  CHALLENGE: 403009,
  CHALLENGE_REFUSED: 403010,
  CHALLENGE_VOID: 403011,
  DEVICE_IN_USE: 409003,
  THROTTLED: 429001,
  STORE_UNAVAILABLE: 503001,
  BROKER_UNAVAILABLE: 503002,
  BUSY: 503005,
} as const

/** The two error codes of Pilot that are known (facts B3). */
export const PILOT_CODES = { WORKSPACE_NOT_UUID: 615000, THING_NOT_LOADED: 615011 } as const
