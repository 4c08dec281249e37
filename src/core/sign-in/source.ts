import type { HttpRequest } from '../http/types.ts'
import type { Role, Workspace } from '../ports/index.ts'

type Awaitable<Value> = Value | Promise<Value>

/** The address to which a sign-in source sends the browser back: always an address of this platform. */
export interface ReturnTo {
  /** `/drones/pilot/login?x=1`: for a login on the same origin. */
  readonly path: string
  /** `https://cloud.example.com/drones/pilot/login?x=1` */
  readonly url: string
}

/** The user of a browser: the user's id, or an object with the id. Other fields of the object are not read. */
export type SignedInId =
  | string
  | number
  | {
      /** A number becomes its text. */
      readonly id: string | number
      /** JSON that the session keeps and `findById` gets, 4 KiB at most: what is needed to look this user up again. */
      readonly data?: unknown
    }

/** What a source knows about a user. */
export interface SourceUser {
  /** The id that was asked for; a number becomes its text. */
  readonly id: string | number
  /** As it is shown to pilots. */
  readonly username: string
  /** `pilot` at controllers only, `web` in browsers only. @default what the user logs in at decides */
  readonly role?: Role | null | undefined
  /** The workspace whose devices the user sees. @default the option `workspace` */
  readonly workspace?:
    | {
        /** A UUID: Pilot refuses anything else. */
        readonly id: string
        /** Shown on Pilot's cloud tile. */
        readonly name: string
        /** @default '' */
        readonly description?: string | undefined
      }
    | undefined
}

/**
 * A login that is not the platform's own and that knows who a browser is, such as a session of the host or OpenID
 * Connect. `currentUser` says which user it is. `findById` says what that user may do. It is also called at every
 * refresh, without a browser.
 */
export interface SignInSource {
  /** Small letters, digits and hyphens, such as `oidc`. It is the field `by` of `login.succeeded`. */
  readonly id: string
  /** What pilots call it, such as `Example SSO`: the page shows "Log in with Example SSO". */
  readonly label: string
  /** The user of this browser; null or undefined: no user is logged in. Throw if you cannot find out. */
  currentUser(request: HttpRequest): Awaitable<SignedInId | null | undefined | false>
  /**
   * The user as of now; null or undefined: deleted, disabled, or not allowed here. Throw if you cannot find out.
   * Without it, the option `users` has to know the id.
   * @param data what `currentUser` gave with the id, or the session was opened with; undefined: nothing
   */
  findById?: ((id: string, data: unknown) => Awaitable<SourceUser | null | undefined>) | undefined
  /** The address at which this login starts. It ends with the browser at `returnTo`. */
  startUrl(returnTo: ReturnTo, request: HttpRequest): string
  /** The address that ends this login in the browser, for the next pilot of a shared controller. @default none is offered */
  signOutUrl?: ((returnTo: ReturnTo, request: HttpRequest) => string) | undefined
}

/** A user that a source knows. */
export interface SignedInUser {
  /** The id in tokens and events. */
  readonly id: string
  /** As it is shown to pilots. */
  readonly username: string
  /** Null: the user may have both roles, and the place of the login decides. */
  readonly role: Role | null
  /** The workspace whose devices the user sees. */
  readonly workspace: Workspace
}

/** Who a browser is, and what `sessions.open` needs to open a session for them. */
export interface SignedIn {
  /** As of now. */
  readonly user: SignedInUser
  /** Id and label of the source that knows the user. */
  readonly source: {
    /** For `sessions.open`. */
    readonly id: string
    /** For pilots. */
    readonly label: string
  }
  /** JSON for `sessions.open(user, { source: source.id, data })`. May hold secrets; undefined: none. */
  readonly data: unknown
}

/** One login that a page offers. */
export interface SignInLink {
  /** The id of the source. */
  readonly id: string
  /** What pilots call it. */
  readonly label: string
  /** The address where it starts. Escape it like every text in a page. */
  readonly href: string
}
