/** `pilot` logs in on the controller (the demo's flag 2), `web` in a browser (flag 1). */
export type Role = 'pilot' | 'web'

export interface Workspace {
  /** A UUID: Pilot refuses anything else with code 615000 (facts B2). */
  readonly id: string
  readonly name: string
  readonly description: string
}

export interface User {
  readonly id: string
  readonly username: string
  readonly role: Role
  readonly workspace: Workspace
}

/** Where users live. Every method rejects when the store cannot be reached; it never guesses. */
export interface UserStore {
  /**
   * The user behind a name and a password, or null. Null says nothing about which of the two was wrong, and
   * takes as long for an unknown name as for a wrong password.
   */
  authenticate(username: string, password: string): Promise<User | null>
  /** The user as of now, or null when deleted or disabled. Called at refresh, so that rights do not outlive the row. */
  findById(id: string): Promise<User | null>
  close?(): Promise<void>
}
