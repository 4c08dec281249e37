import type { DeviceValues } from '../devices/values.ts'

/**
 * What a page shows about a device: chosen fields of its newest state. Other fields, such as keys of live streams, are
 * not for everybody. Null: the device has not reported the value. For an offline device, these are the last values.
 */
export interface DeviceSummary extends DeviceValues {
  readonly sn: string
  readonly nickname: string | null
  /** Name of its model. Null: not known, or no name is known for the key. */
  readonly model: string | null
  /** `domain-type-sub_type`. */
  readonly model_key: string | null
  readonly online: boolean
  /** When its last message reached the platform; ms since the epoch. Null: never. */
  readonly last_report_at: number | null
}

/** What the main page shows about the devices of its workspace. The page asks for it every few seconds. */
export interface Situation {
  /** The server's clock, ms since the epoch: the ages of reports do not depend on the clock of the controller. */
  readonly now: number
  /** The controller that asked; null: the workspace does not know it. */
  readonly controller: DeviceSummary | null
  /** The aircraft of the controller that asked. */
  readonly aircraft: readonly AircraftSummary[]
  /** The aircraft of other controllers that are online, by name; at most 24. */
  readonly others: readonly AircraftSummary[]
  /** How many there are, including those that are left out. */
  readonly others_total: number
}

/** An aircraft and the pilot who flies it. */
export interface AircraftSummary extends DeviceSummary {
  readonly gateway_sn: string
  /** User name of the pilot who is logged in on its controller; '' if it is not known. */
  readonly pilot: string
}
