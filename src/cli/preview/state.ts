import type { AppLink, LoginReason, LoginView, ModuleName, SignInView } from '../../core/pages/page-data.ts'
import type { PageName } from '../../core/pages/render.ts'

/** The behaviour of the fake Pilot of a frame. */
export interface FakePilot {
  readonly aircraft: boolean
  readonly license: 'accepted' | 'malformed'
  /** Whether the link to the cloud comes up. */
  readonly connects: boolean
  /** Methods that this Pilot does not have. */
  readonly missing: readonly string[]
}

/** The behaviour of the fake server of a frame. */
export interface FakeServer {
  readonly hasLicense: boolean
  readonly workspace: string
  /** Age of the last reports, in ms; null: the server has not seen the controller. */
  readonly reportAgeMs: number | null
  readonly others: boolean
  /** How many aircraft the workspace has. */
  readonly fleet: number
  /** The answer to a login: status, code and data. */
  readonly login: { readonly status: number; readonly code: number; readonly data: unknown }
  /** The answer to the code of a second step. */
  readonly challenge: { readonly status: number; readonly code: number; readonly data: unknown }
  /** The server cannot be reached. */
  readonly away: boolean
}

/** An action on the page. It is done as soon as it is possible. */
export type Act =
  | readonly ['fill', selector: string, text: string]
  | readonly ['click', selector: string]
  | readonly ['open', selector: string]
  /** Waits until the element is shown. */
  | readonly ['wait', selector: string]
  /** Moves the clock of the page forward. */
  | readonly ['later', ms: number]
  /** From now on, no request reaches the server. */
  | readonly ['away']

/** One state of one page. The gallery shows the states of the same names with a real platform. */
export interface PreviewState {
  readonly name: string
  readonly page: PageName
  readonly platformName?: string
  readonly login?: Partial<LoginView>
  readonly signIn?: SignInView
  readonly reason?: LoginReason
  readonly failure?: { readonly code: number; readonly message: string; readonly hint: string }
  readonly modules?: readonly ModuleName[]
  readonly apps?: readonly AppLink[]
  /** The page has a token of an earlier login. The main page always has one. */
  readonly token?: boolean
  /** Null: an ordinary browser. */
  readonly pilot?: Partial<FakePilot> | null
  readonly server?: Partial<FakeServer>
  readonly acts?: readonly Act[]
}
