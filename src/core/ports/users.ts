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

/** Where users are kept. Every method must reject when the store cannot be reached, and not answer null then. */
export interface UserStore {
  /**
   * The user with this name and password, or null. Null does not say which of the two was wrong, and
   * takes as long for an unknown name as for a wrong password.
   */
  authenticate(username: string, password: string): Promise<User | null>
  /**
   * The user as stored now, or null if deleted or disabled. Called at each refresh, so that a deleted user loses access.
   * @param data from `sessions.open(user, { data })`; undefined: the session has none, or the call is not for a session
   */
  findById(id: string, data?: unknown): Promise<User | null>
  close?(): Promise<void>
}
