/**
 * All errors that this package answers or throws on purpose: number in the envelope, HTTP status, a message for people,
 * and a hint that says what to do. Only a bad token gives a 401, because Pilot leaves the cloud on any 401 (facts C3).
 * A wrong password gives a 403.
 */
export const ERRORS = {
  BAD_JSON: [
    400001,
    400,
    'The body is not valid JSON.',
    'Send one JSON object with content-type application/json.',
  ],
  INVALID_INPUT: [
    400002,
    400,
    'The request has an invalid field.',
    'See data.issues: each entry names a field and says what it needs.',
  ],
  BODY_UNREADABLE: [
    400003,
    400,
    'The body could not be read.',
    'Send the request again. If a body parser runs before dji-cloud, it must put the body into req.body.',
  ],
  LOGIN_FIELDS: [
    400004,
    400,
    'This login has more fields.',
    'See data.issues: each names a field and what it needs. The fields are those of the option users.',
  ],
  TOKEN_MISSING: [401001, 401, 'No access token.', 'Send it in the header x-auth-token.'],
  TOKEN_INVALID: [401002, 401, 'The access token is not valid.', 'Log in again.'],
  TOKEN_EXPIRED: [401003, 401, 'The access token has expired.', 'Log in again.'],
  TOKEN_EXPIRED_REFRESHABLE: [401004, 401, 'The access token has expired.', 'POST token/refresh with it.'],
  TOKEN_SPENT: [
    401005,
    401,
    'The access token was replaced by a newer one.',
    'Use the newest token, or log in again.',
  ],
  SESSION_ENDED: [401006, 401, 'The session has ended.', 'Log in again.'],
  LOGIN_REFUSED: [403001, 403, 'User name or password is wrong.', 'Check both, also upper and lower case.'],
  ACCOUNT_TYPE: [
    403002,
    403,
    'This account may not log in here.',
    'Pilots use the controller (flag 2), web users a browser (flag 1).',
  ],
  OTHER_WORKSPACE: [403003, 403, 'This belongs to another workspace.', 'Log in as a user of that workspace.'],
  ROLE_REQUIRED: [403004, 403, 'This account may not do that.', 'Use an account with the required role.'],
  TOOL_REFUSED: [
    403005,
    403,
    'This tool answers only its own page.',
    'Open it by an IP address, by localhost or by the public address. If it asks for an access token, send one.',
  ],
  CROSS_SITE: [
    403006,
    403,
    'This call did not come from a page of this platform.',
    'Call it by fetch() from a page of the same origin, with the header x-dji-cloud: 1. Administrators: if this happens on the login page, set publicUrl to the address that the browser shows, or let the framework trust the proxy.',
  ],
  NOT_SIGNED_IN: [
    403007,
    403,
    'This browser is not logged in with that service.',
    'Log in with that service, then try again.',
  ],
  USER_REFUSED: [
    403008,
    403,
    'This user may not log in.',
    'The option users has no such user: the user is deleted, disabled or unknown, or has another workspace or role.',
  ],
  CHALLENGE: [
    403009,
    403,
    'The password is right. This login needs a code as well.',
    'Send the code to POST login/challenge with data.challenge.token: { token, code }.',
  ],
  CHALLENGE_REFUSED: [
    403010,
    403,
    'The code is wrong.',
    'Send another one with the same token. data.attempts_left says how many are left.',
  ],
  CHALLENGE_VOID: [
    403011,
    403,
    'This code cannot be used any more.',
    'Log in again, from the password on. data.reason says why: expired, too_many, used, elsewhere, unknown.',
  ],
  NOT_FOUND: [404001, 404, 'There is nothing here.', 'Check the path and the identifiers in it.'],
  DEVICE_UNKNOWN: [
    404002,
    404,
    'This device is not known here.',
    'Check the serial number. A device is known after it has connected or was bound.',
  ],
  METHOD_NOT_ALLOWED: [405001, 405, 'This path does not accept that method.', 'See the Allow header.'],
  DEVICE_OFFLINE: [
    409001,
    409,
    'The device is offline.',
    'Try again when it is online. Administrators: the event gateway.offline says why it went offline.',
  ],
  DEVICE_LIMIT: [
    409002,
    409,
    'This workspace or this user has reached its limit of devices.',
    'Unbind devices that are no longer used. Administrators: the limits are the options limits.devicesPerWorkspace and limits.devicesPerUser.',
  ],
  DEVICE_IN_USE: [
    409003,
    409,
    'This device is in use by another user.',
    'Ask that user to log out, or switch the device off for presence.silenceSeconds. Administrators: cloud.devices.in(workspaceId).disconnect(serial, { revoke: true }) frees it.',
  ],
  PRECONDITION_FAILED: [
    412001,
    412,
    'The file has changed since you read it.',
    'Ask again without If-Match and If-Unmodified-Since.',
  ],
  BODY_TOO_LARGE: [
    413001,
    413,
    'The body is too large.',
    'data.limit says how many bytes this path accepts. For most paths it is the option http.bodyLimit, 100 KiB by default.',
  ],
  UPGRADE_REQUIRED: [
    426001,
    426,
    'This address accepts only WebSockets.',
    'Open it with a WebSocket client. If you did, try again: the app may not have called cloud.attach(server) yet.',
  ],
  UNSUPPORTED_MEDIA_TYPE: [415001, 415, 'The body has the wrong content type.', 'Send application/json.'],
  RANGE_NOT_SATISFIABLE: [
    416001,
    416,
    'The file has no bytes in that range.',
    'The header Content-Range says how long the file is.',
  ],
  THROTTLED: [429001, 429, 'Too many attempts.', 'Wait as long as Retry-After says.'],
  STORE_UNAVAILABLE: [
    503001,
    503,
    'The platform cannot reach its store.',
    'Try again shortly. Administrators: the log has the cause.',
  ],
  BROKER_UNAVAILABLE: [
    503002,
    503,
    'The MQTT broker is not available.',
    'Try again shortly. Administrators: see cloud.health().',
  ],
  BROKER_START: [
    503003,
    503,
    'The MQTT broker could not start.',
    'The message says why, and which option to change. The cause has the details.',
  ],
  BUSY: [
    503005,
    503,
    'Too many logins at the same time.',
    'Wait as long as Retry-After says. Administrators: the limits are loginRateLimit.concurrency and loginRateLimit.queueLimit.',
  ],
  SHUTTING_DOWN: [503004, 503, 'The platform is shutting down.', 'Try again shortly.'],
  DEVICE_REFUSED: [
    502001,
    502,
    'The device refused the command.',
    "Look up data.result among DJI's error codes. Those of Pilot start with 6.",
  ],
  DEVICE_TIMEOUT: [
    504001,
    504,
    'The device did not answer in time.',
    'It may still have carried out the command: check the device before you send the command again.',
  ],
  OPTIONS: [
    500001,
    500,
    'dji-cloud cannot start with these options.',
    'Each fault names the option, its environment variable and a fix.',
  ],
  PACKAGE_MISSING: [
    500003,
    500,
    'An optional package could not be loaded.',
    'Install the package that the message names, next to dji-cloud. If you bundle the app, mark it as external and install it where the bundle runs.',
  ],
  MIGRATION: [
    500004,
    500,
    'The tables could not be brought up to date.',
    'The failed step was rolled back. Repair what the cause says, and start again.',
  ],
  INTERNAL: [
    500005,
    500,
    'The platform could not answer.',
    'Try again shortly. Administrators: the log has the cause.',
  ],
  VIEW: [500002, 500, 'A page could not be rendered.', 'See the cause: the template and its line.'],
} as const satisfies Record<string, ErrorRow>

/** The names of this package's own errors, such as `'TOKEN_EXPIRED'`. */
export type ErrorName = keyof typeof ERRORS

/** Number for the envelope's `code`, HTTP status, a message for people, and a hint that says what to do. */
export type ErrorRow = readonly [code: number, status: number, message: string, hint: string]

/** An error of a plugin: its name and the row of the plugin's own table. */
export interface NamedError {
  readonly name: string
  readonly row: ErrorRow
}

/** Recognise it by `name` and `code`, and not by `instanceof`: an app may load this package as ESM and as CommonJS. */
export class DjiCloudError extends Error {
  override readonly name = 'DjiCloudError'
  /** Its name in `ERRORS`, or in the table of a plugin. */
  readonly code: ErrorName | (string & {})
  /** Number for the envelope's `code`. */
  readonly envelopeCode: number
  /** HTTP status. */
  readonly status: number
  readonly hint: string
  /** More facts for the answer's `data`. Never contains a secret. */
  declare readonly data: Readonly<Record<string, unknown>> | null
  declare readonly headers: Readonly<Record<string, string>>

  constructor(
    error: ErrorName | NamedError,
    more: {
      readonly message?: string | undefined
      readonly data?: Readonly<Record<string, unknown>> | undefined
      readonly headers?: Readonly<Record<string, string>> | undefined
      readonly cause?: unknown | undefined
    } = {},
  ) {
    const [code, status, message, hint] = typeof error === 'string' ? ERRORS[error] : error.row
    super(more.message ?? message, more.cause === undefined ? {} : { cause: more.cause })
    this.code = typeof error === 'string' ? error : error.name
    this.envelopeCode = code
    this.status = status
    this.hint = hint
    // Not enumerable: Node prints enumerable fields after the stack of an uncaught error, and the message has them already.
    Object.defineProperties(this, {
      data: { value: more.data ?? null },
      headers: { value: more.headers ?? {} },
    })
  }
}

/** Name and row of an error, to send it to another process, which may not have the plugin's table. */
export const namedError = ({ code, envelopeCode, status, message, hint }: DjiCloudError): NamedError => ({
  name: code,
  row: [envelopeCode, status, message, hint],
})

/**
 * Whether this is an error of this package. If so, `code` is its name in `ERRORS`, `status` the HTTP status, and `hint`
 * says what to do. Works with two copies of the package (ESM and CommonJS), where `instanceof` fails.
 */
export const isDjiCloudError = (value: unknown): value is DjiCloudError =>
  value instanceof Error &&
  value.name === 'DjiCloudError' &&
  typeof (value as DjiCloudError).status === 'number'
