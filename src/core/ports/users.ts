import type {
  ChallengeAnswer,
  GivenChallenge,
  LoginChallenge,
  LoginCredentials,
  LoginFields,
} from './login-form.ts'

/** `pilot` logs in on the controller (the demo's flag 2), `web` in a browser (flag 1). */
export type Role = 'pilot' | 'web'

/** A workspace. Its members see its devices; members of other workspaces do not. */
export interface Workspace {
  /** A UUID: Pilot refuses anything else with code 615000 (facts B2). */
  readonly id: string
  readonly name: string
  readonly description: string
}

/** An account, without its password. */
export interface User {
  /** The id in tokens and events. It never changes. */
  readonly id: string
  /** The name that was typed at the login. Pilots see it. */
  readonly username: string
  /** `pilot` logs in at controllers, `web` in browsers. */
  readonly role: Role
  /** The workspace whose devices the account sees. */
  readonly workspace: Workspace
}

/** Where somebody logs in. */
export interface LoginContext {
  /**
   * `pilot`: at a controller (flag 2 of the demo); `web`: in a browser (flag 1). An account of the other role is refused, so return this
   * role for people who are both.
   */
  readonly role: Role
  /** Remote IP address, as the framework's proxy settings give it. */
  readonly address: string
  /** The language of the page, such as `zh`: for words that pilots read. */
  readonly language: string
}

/** A user whose password was right. */
export interface AuthenticatedUser extends User {
  /** JSON that the session keeps and `findById` gets at each refresh, 4 KiB at most. @default nothing */
  readonly data?: unknown
}

/** Where users are kept. Every method must reject when the store cannot be reached, and not answer null then. */
export interface UserStore {
  /** Fields of the login form beside name and password. @default none */
  readonly fields?: LoginFields | undefined
  /**
   * The user with this name and password, or null. Null does not say which of the two was wrong, and
   * takes as long for an unknown name as for a wrong password. A challenge: they were right, and a code is needed as well.
   */
  authenticate(
    credentials: LoginCredentials,
    context: LoginContext,
  ): Promise<AuthenticatedUser | LoginChallenge | null>
  /**
   * The user of this challenge if the code is right; null: the code is wrong. A store needs this method if its
   * `authenticate` gives challenges. The platform limits how often it is called for one challenge and for one user.
   */
  verifyChallenge?(answer: ChallengeAnswer, context: LoginContext): Promise<AuthenticatedUser | null>
  /**
   * The user has pressed Back and has not typed the code. The code that was sent for this challenge should not work any
   * more. The platform takes no code for it from now on. Called once for each challenge that was left.
   */
  cancelChallenge?(challenge: GivenChallenge, context: LoginContext): Promise<void>
  /**
   * The user as stored now, or null if deleted or disabled. Called at each refresh, so that a deleted user loses access.
   * @param data what the session keeps: from `authenticate`, or `sessions.open(user, { data })`; undefined: nothing, or the call is not for a session
   * @param role of the session; undefined: not known yet. Return it for people who are both
   */
  findById(id: string, data?: unknown, role?: Role): Promise<User | null>
  close?(): Promise<void>
}
