import type { RateLimit, RateLimitStore } from '../ports/index.ts'
import type { SignedInId, SourceUser } from '../sign-in/source.ts'

/**
 * Limits of failed logins, and of password checks. Above a limit the answer is 429 or 503, with Retry-After. A user who has
 * logged in from an address before (same name, fields and role) is limited there by `perAccountAndAddress` only.
 */
export interface LoginRateLimitOptions {
  /** Where failed logins are counted: `redisRateLimitStore` counts for all nodes together. @default in memory */
  readonly store?: RateLimitStore | undefined
  /** For one account from one address (of IPv6: one /56). @default { attempts: 10, windowSeconds: 900 } */
  readonly perAccountAndAddress?: RateLimit | undefined
  /** For all accounts from one address; not for users who have logged in from there before. @default { attempts: 100, windowSeconds: 900 } */
  readonly perAddress?: RateLimit | undefined
  /** For one account from anywhere, except from addresses where it has logged in before. @default { attempts: 100, windowSeconds: 3600 } */
  readonly perAccount?: RateLimit | undefined
  /**
   * For one second step of a login (`verifyChallenge`): how many codes may be tried, and how long the step stays open.
   * @default { attempts: 5, windowSeconds: 300 }
   */
  readonly perChallenge?: RateLimit | undefined
  /**
   * Wrong codes of one account, in all of its logins together. A user whose code was right at an address before is
   * limited there by the codes from that address only. @default { attempts: 10, windowSeconds: 3600 }
   */
  readonly perAccountSecondStep?: RateLimit | undefined
  /**
   * Passwords that are checked at the same time. Hashing is slow on purpose, and Node does it on four threads. If more
   * wait, each address and each name gets one check in turn. A user who has logged in from an address before goes
   * first. Raise it if an outside service checks the passwords. @default 3, or the number of cores if that is less
   */
  readonly concurrency?: number | undefined
  /**
   * Logins that may wait for a check, in total; above it, 503. Users who have not logged in from their address before
   * wait for 10 s at most, and for 1 s if more than 60 of them wait. @default 200
   */
  readonly queueLimit?: number | undefined
  /** Logins of one address (of IPv6: one /56) that may wait; above it, 429. @default 20 */
  readonly queueLimitPerAddress?: number | undefined
  /** Logins of one name that may wait, from all addresses where it has not logged in before; above it, 429 for the oldest. @default 20 */
  readonly queueLimitPerAccount?: number | undefined
}

/** The host's own login: a session of passport, express-session, koa-session, Auth.js and the like. docs/sign-in.md */
export interface LoginOption<NativeRequest = unknown> {
  /**
   * Who this browser is: an id, or an object with `id` (and `data` for `findById`); null or undefined: nobody is logged
   * in. Throw if you cannot find out.
   * @param request the framework's own: `Request` of Express, `Context` of Koa, with what the host's middleware left on
   * it
   */
  currentUser(request: NativeRequest): SignedInAnswer | Promise<SignedInAnswer>
  /**
   * The user as of now, or null if deleted, disabled or not allowed here. Called at every login and at every refresh.
   * At a refresh there is no browser. A user without a role is a pilot on controllers and a web user in browsers.
   * @default the option `users` is asked
   * @param data what `currentUser` gave with the id, as JSON of 4 KiB at most; undefined: nothing
   */
  readonly findById?:
    | ((id: string, data: unknown) => SourceUserAnswer | Promise<SourceUserAnswer>)
    | undefined
  /** Where that login starts: a path as the browser sees it, such as `/login`, or an address. It has to bring the browser back. */
  readonly loginUrl: string
  /** Where that login ends, for the next pilot of a shared controller. It has to bring the browser back. @default none is offered */
  readonly logoutUrl?: string | undefined
  /** Name of the query parameter with the return address. Its value is a path if the URL is a path, otherwise an address. @default 'return_to' */
  readonly returnParameter?: string | undefined
  /** What pilots call that login: "Log in with ...". @default platformName */
  readonly label?: string | undefined
  /** False hides the form for name and password although there are `users`. @default true */
  readonly password?: boolean | undefined
}

type SignedInAnswer = SignedInId | null | undefined | false
type SourceUserAnswer = SourceUser | null | undefined
