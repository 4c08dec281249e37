import type { Bootstrap, MqttCredentials } from '../core/pages/page-data.ts'
import type { Finding } from './findings.ts'
import type { Inside } from './inside.ts'

export interface DoctorOptions {
  /** The access link, as a pilot types it. */
  readonly url: string
  /** A pilot's account. Without one the doctor stops at the login page. */
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** The controller is this machine (a virtual one): addresses that only work here are fine. @default false */
  readonly local?: boolean | undefined
  /** PEM of an authority that controllers of yours trust beside the public ones, for HTTPS, MQTT and WebSocket. Whether Pilot honours one is unverified (facts K7). */
  readonly ca?: string | undefined
  /**
   * Types the password also where the certificate cannot be trusted: whoever answers there gets it. @default false
   */
  readonly insecure?: boolean | undefined
  /** How long one step may take, ms. @default 5000 */
  readonly timeout?: number | undefined
  /**
   * Path of a Chromium, which runs the page of another platform with a virtual Pilot around it; null: none.
   * @default the variable CHROMIUM, or one that is installed
   */
  readonly browser?: string | null | undefined
  /** ms since the epoch. @default the system's clock */
  readonly now?: (() => number) | undefined
  /** Called when a check begins. */
  readonly onCheck?: ((title: string) => void) | undefined
}

/** What earlier checks found out, for later ones. */
export interface DoctorContext {
  readonly url: URL
  readonly local: boolean
  readonly timeout: number
  readonly ca: string | undefined
  readonly now: () => number
  readonly browser: string | null | undefined
  /** Null: none was given, or it must not be sent (`withheld`). */
  account: { readonly username: string; readonly password: string } | null
  /** An account was given, and the certificate cannot be trusted: whoever answers there might be anybody. */
  withheld: boolean
  /** `{origin}{mount}` without a trailing slash, once the page is known to be ours. */
  base: string | null
  token: string | null
  bootstrap: Bootstrap | null
  /** The same as the server gave it, before the page's own address was put into it. */
  given: Bootstrap | null
  mqtt: MqttCredentials | null
  /** The page was loaded; without a `base` it is another platform's. */
  pageSeen: boolean
  /** What the page of another platform did inside Pilot; null: it was not run. */
  inside: Inside | null
  /** The serial number that it speaks for. */
  gateway: string
}

export interface Check {
  readonly title: string
  /** False: there is nothing of the kind, such as a certificate of an http address. */
  readonly applies?: (context: DoctorContext) => boolean
  /** What has to be known beforehand; otherwise it cannot be made. */
  readonly needs?: (context: DoctorContext) => boolean
  /** Host and port that it is about. @default those of the access link */
  readonly at?: (context: DoctorContext) => string | null
  /** `unchecked`: it could not be made after all, and why. */
  readonly run: (context: DoctorContext) => Promise<readonly Finding[] | { readonly unchecked: string }>
}

export interface DoctorReport {
  readonly url: string
  /** Every check was made and found no problem: `verdict` is `good`. Warnings there may be. */
  readonly healthy: boolean
  /** `incomplete`: no problem was found, but not everything could be looked at. That is no pass. */
  readonly verdict: 'good' | 'incomplete' | 'bad'
  readonly findings: readonly Finding[]
  readonly checks: readonly {
    readonly title: string
    /** `skipped`: there is nothing of the kind. `unchecked`: it could not be made, and `why`. */
    readonly outcome: 'ok' | 'warning' | 'problem' | 'skipped' | 'unchecked'
    readonly why?: string
  }[]
}

/**
 * A serial number that is nobody's, one per workspace: the doctor speaks for it, and unbinds it again. Whoever listens
 * to `gateway.online` sees it come and go.
 */
export const doctorGateway = (workspaceId: string): string =>
  `DOCTOR${workspaceId
    .replace(/[^0-9A-Za-z]/g, '')
    .slice(0, 8)
    .toUpperCase()}`
