import type { CameraOsd, LiveViewRegion } from './camera.ts'
import type { DongleInfo } from './dongle.ts'
import type { Enum, Flag, OpenFields } from './open.ts'

/**
 * The fields that an aircraft reports on `osd`, at 0.5 Hz. They are from DJI's pages "Properties" of the Mavic 3 and
 * Matrice series. Which fields a model reports differs.
 */
export interface AircraftOsd extends OpenFields {
  /** Degrees; south is negative. If `longitude` is 0 too, there is no fix. */
  readonly latitude?: number | undefined
  /** Degrees; west is negative. If `latitude` is 0 too, there is no fix. */
  readonly longitude?: number | undefined
  /** Meters above the WGS 84 ellipsoid. */
  readonly height?: number | undefined
  /** Height above the place of takeoff. Unit not documented; meters in captures. */
  readonly elevation?: number | undefined
  /** Unit not documented; m/s in captures. */
  readonly horizontal_speed?: number | undefined
  /** m/s. Which sign means up is not verified. */
  readonly vertical_speed?: number | undefined
  /** Degrees from true north, -180 to 180; east is positive. */
  readonly attitude_head?: number | undefined
  /** Unit not documented; degrees in captures. */
  readonly attitude_pitch?: number | undefined
  /** Unit not documented; degrees in captures. */
  readonly attitude_roll?: number | undefined
  /** What the aircraft is doing, see `AircraftMode`. */
  readonly mode_code?: AircraftMode | undefined
  /** Position of the flight mode switch: 0 A, 1 P, 2 NAV, 3 FPV, 4 FARM, 5 S, 6 F, 7 M, 8 G, 9 T. */
  readonly gear?: Enum<0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9> | undefined
  readonly position_state?: PositionState | undefined
  readonly battery?: AircraftBattery | undefined
  readonly cameras?: readonly CameraOsd[] | undefined
  readonly liveview_world_region?: LiveViewRegion | undefined
  readonly obstacle_avoidance?: ObstacleAvoidance | undefined
  /** Distance from the home point. Unit not documented; probably meters (unverified). */
  readonly home_distance?: number | undefined
  /** Meters, 20 to 1500. Can be set. */
  readonly height_limit?: number | undefined
  readonly distance_limit_status?: DistanceLimit | undefined
  /** Meters, 20 to 500. Can be set. */
  readonly rth_altitude?: number | undefined
  /** When the controller's signal is lost: 0 hover, 1 land, 2 return home. Can be set. */
  readonly rc_lost_action?: Enum<0 | 1 | 2> | undefined
  /** 0 off, 1 on. Can be set. */
  readonly night_lights_state?: Enum<0 | 1> | undefined
  /** 1: near a GEO zone. */
  readonly is_near_area_limit?: Enum<0 | 1> | undefined
  /** 1: near `height_limit`. */
  readonly is_near_height_limit?: Enum<0 | 1> | undefined
  /**
   * 1 north, 2 north-east, and on clockwise to 8 north-west. Not documented: whether the wind comes from there or blows
   * to there.
   */
  readonly wind_direction?: Enum<1 | 2 | 3 | 4 | 5 | 6 | 7 | 8> | undefined
  /** Estimated from the attitude. Neither unit nor estimate is verified. */
  readonly wind_speed?: number | undefined
  readonly storage?: Storage | undefined
  /** Meters, over the life of the aircraft. */
  readonly total_flight_distance?: number | undefined
  /** Seconds, over the life of the aircraft. */
  readonly total_flight_time?: number | undefined
  /** Number of flights, over the life of the aircraft. */
  readonly total_flight_sorties?: number | undefined
  /** Id of the flown track. */
  readonly track_id?: string | undefined
  /** Unix time in seconds. */
  readonly activation_time?: number | undefined
  readonly maintain_status?:
    | { readonly maintain_status_array?: readonly Maintenance[] | undefined }
    | undefined
  /** Code of the country in which it is. */
  readonly country?: string | undefined
}

/** The fields that an aircraft sends on `state`, when they change. */
export interface AircraftState extends OpenFields {
  readonly firmware_version?: string | undefined
  /** 1: an upgrade is running. */
  readonly firmware_upgrade_status?: Enum<0 | 1> | undefined
  /** 1: parts of the aircraft have another firmware than the rest, and need an upgrade. */
  readonly compatible_status?: Enum<0 | 1> | undefined
  /** The reason for `mode_code`, 0 to 22. DJI's page "Properties" lists the reasons. */
  readonly mode_code_reason?: number | undefined
  /** Degrees. */
  readonly home_latitude?: number | undefined
  /** Degrees. */
  readonly home_longitude?: number | undefined
  /** Who has control: `A` or `B` for a controller, a UUID for a browser. */
  readonly control_source?: string | undefined
  /** Percent. The pilot sets it. */
  readonly low_battery_warning_threshold?: number | undefined
  /** Percent. The pilot sets it. */
  readonly serious_low_battery_warning_threshold?: number | undefined
  readonly payloads?: readonly PayloadState[] | undefined
  readonly dongle_infos?: readonly DongleInfo[] | undefined
  readonly camera_watermark_settings?: WatermarkSettings | undefined
  readonly offline_map_enable?: Flag | undefined
  /** Version of the library that reads route files (WPMZ). */
  readonly wpmz_version?: string | undefined
}

/**
 * 0 standby, 1 preparing to take off, 2 ready to take off, 3 flown by hand, 4 taking off, 5 on a route, 6 panorama, 7
 * tracking, 8 avoiding an aircraft (ADS-B), 9 returning home, 10 landing, 11 forced landing, 12 landing on three
 * propellers, 13 upgrading, 14 not connected, 15 APAS, 16 virtual stick, 17 live flight controls, 18 RTK is fixing.
 */
export type AircraftMode = Enum<
  0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18
>

/** The quality of a device's position. */
export interface PositionState extends OpenFields {
  /**
   * 0 not started, 1 fixing, 2 fixed, 3 failed. Real aircraft sent 0 with 20 satellites, so 0 does not mean "no
   * position".
   */
  readonly is_fixed?: Enum<0 | 1 | 2 | 3> | undefined
  /** 1 (worst) to 5. */
  readonly quality?: number | undefined
  /** Number of satellites. */
  readonly gps_number?: number | undefined
  /** Number of satellites for RTK. */
  readonly rtk_number?: number | undefined
}

/** The batteries of an aircraft, and how long they will last. */
export interface AircraftBattery extends OpenFields {
  /** All batteries together, 0 to 100. */
  readonly capacity_percent?: number | undefined
  /** Seconds. */
  readonly remain_flight_time?: number | undefined
  /** Percent that the flight home needs. */
  readonly return_home_power?: number | undefined
  /** Percent at which the aircraft lands by itself. */
  readonly landing_power?: number | undefined
  readonly batteries?: readonly Battery[] | undefined
}

/** One battery of an aircraft. */
export interface Battery extends OpenFields {
  /** From 0. */
  readonly index?: number | undefined
  /** Serial number. */
  readonly sn?: string | undefined
  readonly type?: number | undefined
  readonly sub_type?: number | undefined
  /** 0 to 100. */
  readonly capacity_percent?: number | undefined
  /** Millivolts. */
  readonly voltage?: number | undefined
  /** Degrees Celsius. */
  readonly temperature?: number | undefined
  /** Charge cycles. */
  readonly loop_times?: number | undefined
  readonly firmware_version?: string | undefined
  /** Days in storage at a high charge. */
  readonly high_voltage_storage_days?: number | undefined
}

/** 0 off, 1 on, for each direction. Can be set. */
export interface ObstacleAvoidance extends OpenFields {
  readonly horizon?: Enum<0 | 1> | undefined
  readonly upside?: Enum<0 | 1> | undefined
  readonly downside?: Enum<0 | 1> | undefined
}

export interface DistanceLimit extends OpenFields {
  /** 0 no limit, 1 limited. Can be set. */
  readonly state?: Enum<0 | 1> | undefined
  /** Meters, 15 to 8000. Can be set. */
  readonly distance_limit?: number | undefined
  /** 1: near the limit. */
  readonly is_near_distance_limit?: Enum<0 | 1> | undefined
}

/** Kilobytes. */
export interface Storage extends OpenFields {
  readonly total?: number | undefined
  readonly used?: number | undefined
}

export interface Maintenance extends OpenFields {
  /** 1: maintenance is due. */
  readonly state?: Enum<0 | 1> | undefined
  /** 1 basic, 2 regular, 3 deep. */
  readonly last_maintain_type?: Enum<1 | 2 | 3> | undefined
  /** Unix time in seconds. */
  readonly last_maintain_time?: number | undefined
  /** Hours flown until the last maintenance. */
  readonly last_maintain_flight_time?: number | undefined
  /** Number of flights until the last maintenance. */
  readonly last_maintain_flight_sorties?: number | undefined
}

export interface PayloadState extends OpenFields {
  /** `type-subtype-gimbalindex`, such as `66-0-0`. */
  readonly payload_index?: string | undefined
  /** Who has control of the payload: `A` or `B` for a controller, a UUID for a browser. */
  readonly control_source?: string | undefined
  readonly firmware_version?: string | undefined
  /** Serial number. */
  readonly sn?: string | undefined
}

/** Fields with `_enable`: 0 off, 1 on. Can be set. */
export interface WatermarkSettings extends OpenFields {
  readonly global_enable?: Enum<0 | 1> | undefined
  readonly drone_type_enable?: Enum<0 | 1> | undefined
  readonly drone_sn_enable?: Enum<0 | 1> | undefined
  readonly datetime_enable?: Enum<0 | 1> | undefined
  readonly gps_enable?: Enum<0 | 1> | undefined
  readonly user_custom_string_enable?: Enum<0 | 1> | undefined
  /** Up to 250 bytes. */
  readonly user_custom_string?: string | undefined
  /** 0 top left, 1 bottom left, 2 top right, 3 bottom right. */
  readonly layout?: Enum<0 | 1 | 2 | 3> | undefined
}
