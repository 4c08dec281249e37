import type { LoginExtras } from '../bridge/types.ts'
import type { Finding } from '../core/findings/index.ts'
import type { Bootstrap, MqttCredentials } from '../core/pages/page-data.ts'
import type { Inside } from './inside.ts'

/** What `cloud.doctor()` and `dji-cloud doctor` check, and with which account. */
export interface DoctorOptions {
  /** The access link, as a pilot types it into Pilot. */
  readonly url: string
  /** A pilot's account. Without one the doctor stops at the login page. */
  readonly username?: string | undefined
  /** The password of that account. It is sent to this platform only, and no report contains it. */
  readonly password?: string | undefined
  /** More fields of the login form than name and password, by name. */
  readonly fields?: LoginExtras['fields']
  /** The code of the second step, or a function that asks for it. Without it, a login that wants a code is not looked at further. */
  readonly code?: LoginExtras['code']
  /**
   * True if the controller is virtual and runs on this machine, so that addresses of this machine are allowed. @default
   * false
   */
  readonly allowLocalAddresses?: boolean | undefined
  /**
   * PEM of a private authority that your controllers trust, in addition to the public ones. Used for HTTPS, MQTT and
   * WebSocket. It is not verified that Pilot accepts a private authority (facts K7).
   */
  readonly ca?: string | undefined
  /**
   * True: send the password even if the certificate cannot be trusted. An attacker at that address would get it.
   * @default false
   */
  readonly insecure?: boolean | undefined
  /** How long one step may take, ms. @default 5000 */
  readonly timeoutMs?: number | undefined
  /**
   * Path of a Chromium. It runs the page of a platform that is not made with this package inside a virtual Pilot. Null: do not use one.
   * @default the variable CHROMIUM, or an installed Chromium
   */
  readonly browser?: string | null | undefined
  /** ms since the epoch. @default the system's clock */
  readonly now?: (() => number) | undefined
  /** Called when a check begins. */
  readonly onCheck?: ((title: string) => void) | undefined
}

/** Results of earlier checks that later checks need. */
export interface DoctorContext {
  readonly url: URL
  readonly local: boolean
  readonly timeout: number
  readonly ca: string | undefined
  readonly now: () => number
  readonly browser: string | null | undefined
  /** Null: no account was given, or it must not be sent (`withheld`). */
  account: { readonly username: string; readonly password: string } | null
  /** What the login may need in addition. */
  readonly extras: LoginExtras
  /** True: an account was given but is not sent, because the certificate cannot be trusted. */
  withheld: boolean
  /** `{origin}{mount}` without a slash at the end. It is known as soon as the page is found to be from this package. */
  base: string | null
  token: string | null
  bootstrap: Bootstrap | null
  /** The plan as the server sent it, before its addresses were corrected with the address of the page. */
  given: Bootstrap | null
  mqtt: MqttCredentials | null
  /** True: the page was loaded. If there is no `base`, it is a page of another platform. */
  pageSeen: boolean
  /** What a page of another platform did inside Pilot; null if it was not run. */
  inside: Inside | null
  /** The serial number that the doctor uses as the controller's. */
  gateway: string
}

export interface Check {
  readonly title: string
  /** False if the check makes no sense here, such as a certificate check of an http address. */
  readonly applies?: (context: DoctorContext) => boolean
  /** The earlier results that this check needs. Without them it is not made. */
  readonly needs?: (context: DoctorContext) => boolean
  /** Host and port that the check is about. @default the host and port of the access link */
  readonly at?: (context: DoctorContext) => string | null
  /** `unchecked` is the reason why the check could not be made. */
  readonly run: (context: DoctorContext) => Promise<readonly Finding[] | { readonly unchecked: string }>
}

/** What the doctor found, with every check that it made. */
export interface DoctorReport {
  readonly url: string
  /** True if `verdict` is `good`: every check was made and none found a problem. There may be warnings. */
  readonly healthy: boolean
  /** `incomplete`: no problem was found, but some checks could not be made. That does not count as a pass. */
  readonly verdict: 'good' | 'incomplete' | 'bad'
  readonly findings: readonly Finding[]
  readonly checks: readonly {
    readonly title: string
    /** `skipped`: the check makes no sense here. `unchecked`: the check could not be made; `why` is the reason. */
    readonly outcome: 'ok' | 'warning' | 'problem' | 'skipped' | 'unchecked'
    readonly why?: string
  }[]
}

/**
 * A made-up serial number, one for each workspace. The doctor acts as this controller and unbinds it at the end.
 * Listeners of `gateway.online` get its events.
 */
export const doctorGateway = (workspaceId: string): string =>
  `DOCTOR${workspaceId
    .replace(/[^0-9A-Za-z]/g, '')
    .slice(0, 8)
    .toUpperCase()}`
