/** Words of a page: one text for every language, or one for each, such as `{ en: 'Tenant', zh: '租户' }`. */
export type PageWords = string | Readonly<Record<string, string>>

/** One more field of the login form, below name and password. */
export interface LoginField {
  /** The text above the field, such as `Tenant`. */
  readonly label: PageWords
  /** False: the field may stay empty. @default true */
  readonly required?: boolean | undefined
  /**
   * The only values, each with the text that the page shows for it: `{ north: 'North Sea' }`. The field is then a list.
   * @default any text
   */
  readonly choices?: Readonly<Record<string, PageWords>> | undefined
  /** The most characters that may be typed. @default 256 */
  readonly maxLength?: number | undefined
  /** Whether the browser keeps what was typed for the next login, as it keeps the user name. @default true */
  readonly remember?: boolean | undefined
}

/** By name: a small letter, then letters, digits and underscores. The names of the API itself, such as `password`, are refused. */
export type LoginFields = Readonly<Record<string, LoginField>>

/** What was typed at the login: name and password, and the store's own `fields`. */
export interface LoginCredentials {
  /** As it was typed; the page removes blanks before and after. */
  readonly username: string
  readonly password: string
  /** The text for each of the store's `fields`; undefined: an optional field was left empty. */
  readonly [field: string]: string | undefined
}

/** The password was right, and a code is needed as well. */
export interface LoginChallenge {
  /**
   * A name that you choose for what is asked for, such as `otp`: small letters, digits and hyphens. Events and the API
   * contain it.
   */
  readonly challenge: string
  /** The id of the user whose password was right. Codes are counted for it, and only this user can answer. */
  readonly id: string
  /** What `verifyChallenge` gets back: JSON, 4 KiB at most. It travels through the browser, encrypted. @default nothing */
  readonly data?: unknown
  /** Shown to the user, such as `We sent a code to +41 ** 12`. @default the page says that a code is needed */
  readonly hint?: string | undefined
  /** How many digits a code has. The page shows a keypad; another number of digits is a wrong code. @default any text */
  readonly digits?: number | undefined
  /** How long the code can be typed. @default loginRateLimit.perChallenge.windowSeconds, which is also the most */
  readonly expiresInSeconds?: number | undefined
}

/** A challenge that somebody answers, or has left. */
export interface GivenChallenge {
  /** What was asked for, such as `otp`. */
  readonly challenge: string
  /** The id of the user whose password was right. */
  readonly id: string
  /** The name that was typed at the login. */
  readonly username: string
  /** The `data` of the challenge; undefined: none. */
  readonly data: unknown
}

/** The answer to a challenge. */
export interface ChallengeAnswer extends GivenChallenge {
  /** What was typed; never empty. If the challenge has `digits`: exactly so many digits, 0 to 9. */
  readonly code: string
}
