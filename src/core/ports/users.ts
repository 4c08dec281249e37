/** `pilot` logs in on the controller (the demo's flag 2), `web` in a browser (flag 1). */
export type Role = 'pilot' | 'web'

/** Who is in it sees its devices, and nobody else does. */
export interface Workspace {
  /** A UUID: Pilot refuses anything else with code 615000 (facts B2). */
  readonly id: string
  readonly name: string
  readonly description: string
}

/** An account, without its password. */
export interface User {
  /** What tokens and events name. It never changes. */
  readonly id: string
  /** What was typed at the login, as it is shown to pilots. */
  readonly username: string
  /** `pilot` logs in at controllers, `web` in browsers. */
  readonly role: Role
  /** Whose devices the account sees. */
  readonly workspace: Workspace
}

/** Where users live. Every method rejects when the store cannot be reached; it never guesses. */
export interface UserStore {
  /**
   * The user behind a name and a password, or null. Null says nothing about which of the two was wrong, and
   * takes as long for an unknown name as for a wrong password.
   */
  authenticate(username: string, password: string): Promise<User | null>
  /**
   * The user as of now, or null when deleted or disabled. Called at refresh, so that rights do not outlive the row.
   * @param data what the session was opened with (`sessions.open(user, { data })`); undefined: nothing, or no session is asked about
   */
  findById(id: string, data?: unknown): Promise<User | null>
  close?(): Promise<void>
}
