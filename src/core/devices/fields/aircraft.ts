import type { CameraOsd, LiveViewRegion } from './camera.ts'
import type { DongleInfo } from './dongle.ts'
import type { Enum, Flag, OpenFields } from './open.ts'

/**
 * What an aircraft reports at 0.5 Hz on `osd`. From DJI's pages "Properties" of the Mavic 3 and Matrice series; which model
 * reports which field differs.
 */
export interface AircraftOsd extends OpenFields {
  /** Degrees; south is negative. With `longitude` 0 as well: no fix. */
  readonly latitude?: number | undefined
  /** Degrees; west is negative. With `latitude` 0 as well: no fix. */
  readonly longitude?: number | undefined
  /** Meters above the WGS 84 ellipsoid. */
  readonly height?: number | undefined
  /** Above the place of takeoff. Unit not documented; meters in captures. */
  readonly elevation?: number | undefined
  /** Unit not documented; m/s in captures. */
  readonly horizontal_speed?: number | undefined
  /** m/s. Which sign is up: unverified. */
  readonly vertical_speed?: number | undefined
  /** Degrees from true north, -180 to 180; east is positive. */
  readonly attitude_head?: number | undefined
  /** Unit not documented; degrees in captures. */
  readonly attitude_pitch?: number | undefined
  /** Unit not documented; degrees in captures. */
  readonly attitude_roll?: number | undefined
  /** What the aircraft does, see `AircraftMode`. */
  readonly mode_code?: AircraftMode | undefined
  /** Position of the flight mode switch: 0 A, 1 P, 2 NAV, 3 FPV, 4 FARM, 5 S, 6 F, 7 M, 8 G, 9 T. */
  readonly gear?: Enum<0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9> | undefined
  readonly position_state?: PositionState | undefined
  readonly battery?: AircraftBattery | undefined
  readonly cameras?: readonly CameraOsd[] | undefined
  readonly liveview_world_region?: LiveViewRegion | undefined
  readonly obstacle_avoidance?: ObstacleAvoidance | undefined
  /** From the home point. Unit not documented; meters: unverified. */
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
  /** Where the wind comes from or goes to is not documented: 1 north, 2 north-east, and on clockwise to 8 north-west. */
  readonly wind_direction?: Enum<1 | 2 | 3 | 4 | 5 | 6 | 7 | 8> | undefined
  /** Estimated from the attitude. Unit not documented: unverified. */
  readonly wind_speed?: number | undefined
  readonly storage?: Storage | undefined
  /** Of the aircraft's life; meters. */
  readonly total_flight_distance?: number | undefined
  /** Of the aircraft's life; seconds. */
  readonly total_flight_time?: number | undefined
  /** Flights of the aircraft's life. */
  readonly total_flight_sorties?: number | undefined
  /** Names the flown track. */
  readonly track_id?: string | undefined
  /** Unix time in seconds. */
  readonly activation_time?: number | undefined
  readonly maintain_status?:
    | { readonly maintain_status_array?: readonly Maintenance[] | undefined }
    | undefined
  /** Country code of the place. */
  readonly country?: string | undefined
}

/** What an aircraft tells on `state`, when it changes. */
export interface AircraftState extends OpenFields {
  readonly firmware_version?: string | undefined
  /** 1: an upgrade is running. */
  readonly firmware_upgrade_status?: Enum<0 | 1> | undefined
  /** 1: parts have other firmware than the rest and need an upgrade. */
  readonly compatible_status?: Enum<0 | 1> | undefined
  /** Why `mode_code` is what it is, 0 to 22: DJI's page "Properties" lists the reasons. */
  readonly mode_code_reason?: number | undefined
  /** Degrees. */
  readonly home_latitude?: number | undefined
  /** Degrees. */
  readonly home_longitude?: number | undefined
  /** Who controls: `A` or `B` for a controller, a UUID for a browser. */
  readonly control_source?: string | undefined
  /** Percent, as the pilot set it. */
  readonly low_battery_warning_threshold?: number | undefined
  /** Percent, as the pilot set it. */
  readonly serious_low_battery_warning_threshold?: number | undefined
  readonly payloads?: readonly PayloadState[] | undefined
  readonly dongle_infos?: readonly DongleInfo[] | undefined
  readonly camera_watermark_settings?: WatermarkSettings | undefined
  readonly offline_map_enable?: Flag | undefined
  /** Version of the library that reads routes (WPMZ). */
  readonly wpmz_version?: string | undefined
}

/**
 * 0 standby, 1 preparing to take off, 2 ready to take off, 3 flown by hand, 4 taking off, 5 on a route, 6 panorama,
 * 7 tracking, 8 avoiding an aircraft (ADS-B), 9 returning home, 10 landing, 11 forced landing, 12 landing on three
 * propellers, 13 upgrading, 14 not connected, 15 APAS, 16 virtual stick, 17 live flight controls, 18 RTK is fixing.
 */
export type AircraftMode = Enum<
  0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18
>

/** How well a device knows where it is. */
export interface PositionState extends OpenFields {
  /** 0 not started, 1 fixing, 2 fixed, 3 failed. Real aircraft sent 0 with 20 satellites, so it is not "no position". */
  readonly is_fixed?: Enum<0 | 1 | 2 | 3> | undefined
  /** 1 (worst) to 5. */
  readonly quality?: number | undefined
  /** Satellites. */
  readonly gps_number?: number | undefined
  /** Satellites of RTK. */
  readonly rtk_number?: number | undefined
}

/** The batteries of an aircraft, and how long they last. */
export interface AircraftBattery extends OpenFields {
  /** Of all batteries together, 0 to 100. */
  readonly capacity_percent?: number | undefined
  /** Seconds. */
  readonly remain_flight_time?: number | undefined
  /** Percent that the way home takes. */
  readonly return_home_power?: number | undefined
  /** Percent at which it lands by itself. */
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
  /** Days in storage with a high charge. */
  readonly high_voltage_storage_days?: number | undefined
}

/** Each: 0 off, 1 on. Can be set. */
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
  /** 1: near it. */
  readonly is_near_distance_limit?: Enum<0 | 1> | undefined
}

/** Kilobytes. */
export interface Storage extends OpenFields {
  readonly total?: number | undefined
  readonly used?: number | undefined
}

export interface Maintenance extends OpenFields {
  /** 1: it is due. */
  readonly state?: Enum<0 | 1> | undefined
  /** 1 basic, 2 regular, 3 deep. */
  readonly last_maintain_type?: Enum<1 | 2 | 3> | undefined
  /** Unix time in seconds. */
  readonly last_maintain_time?: number | undefined
  /** Hours flown until then. */
  readonly last_maintain_flight_time?: number | undefined
  /** Flights until then. */
  readonly last_maintain_flight_sorties?: number | undefined
}

export interface PayloadState extends OpenFields {
  /** `type-subtype-gimbalindex`, such as `66-0-0`. */
  readonly payload_index?: string | undefined
  /** Who controls it: `A`, `B` or a browser's UUID. */
  readonly control_source?: string | undefined
  readonly firmware_version?: string | undefined
  /** Serial number. */
  readonly sn?: string | undefined
}

/** Each `_enable`: 0 off, 1 on. Can be set. */
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
