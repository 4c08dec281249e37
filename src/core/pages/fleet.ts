import type { DeviceSummary } from './situation.ts'

/** What the page for web users shows: every device of the workspace of the user who asks. */
export interface Fleet {
  /** The server's clock, ms since the epoch: the ages of reports do not depend on the clock of the browser. */
  readonly now: number
  /** Those that are online first. At most `MOST_DEVICES`. */
  readonly aircraft: readonly FleetAircraft[]
  /** How many aircraft there are, including those that are left out. */
  readonly aircraft_total: number
  /** Controllers and docks, and devices that have not reported yet what they are. At most `MOST_DEVICES`. */
  readonly gateways: readonly FleetDevice[]
}

export interface FleetDevice extends DeviceSummary {
  /** User name of the pilot who is logged in on the controller; '' if no pilot is logged in or known. */
  readonly pilot: string
}

export interface FleetAircraft extends FleetDevice {
  /** The controller or dock that has the aircraft, or had it last; null: not known. */
  readonly gateway_sn: string | null
}

/** Nobody reads a longer list, and an answer has to have a limit. */
export const MOST_DEVICES = 500
