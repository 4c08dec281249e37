import type { DongleInfo } from './dongle.ts'
import type { LiveCapacity, LiveStatus } from './live.ts'
import type { Enum, OpenFields } from './open.ts'

/**
 * The fields that a remote controller reports on `osd`, at 0.5 Hz. They are from DJI's page "Properties" of the RC
 * Plus.
 */
export interface ControllerOsd extends OpenFields {
  /** Degrees; south is negative. */
  readonly latitude?: number | undefined
  /** Degrees; west is negative. */
  readonly longitude?: number | undefined
  /** Meters above the WGS 84 ellipsoid. */
  readonly height?: number | undefined
  /** Charge of the controller's battery, 0 to 100. */
  readonly capacity_percent?: number | undefined
  readonly wireless_link?: WirelessLink | undefined
  /** Code of the country in which it is. */
  readonly country?: string | undefined
}

/** The fields that a remote controller sends on `state`, when they change. */
export interface ControllerState extends OpenFields {
  readonly firmware_version?: string | undefined
  /**
   * What the controller can stream. The `video_id` for `live_start_push` contains a `camera_index` and a `video_index`
   * from here.
   */
  readonly live_capacity?: LiveCapacity | undefined
  /** DJI's table shows a list, but its example shows one object. */
  readonly live_status?: readonly LiveStatus[] | LiveStatus | undefined
  readonly dongle_infos?: readonly DongleInfo[] | undefined
  /**
   * Whether the pilot lets the platform control the aircraft. Controllers differ in which of the two names they use.
   */
  readonly is_cloud_control_auth?: boolean | undefined
  /** What the pilot lets the platform control, such as `flight`. The form is not verified. */
  readonly cloud_control_auth?: readonly string[] | undefined
}

/** The radio link between controller and aircraft. Qualities are 0 to 5; 65535 was seen for "none". */
export interface WirelessLink extends OpenFields {
  readonly dongle_number?: number | undefined
  /** 1: connected. */
  readonly '4g_link_state'?: Enum<0 | 1> | undefined
  /** 1: connected. */
  readonly sdr_link_state?: Enum<0 | 1> | undefined
  /** 0 SDR, 1 SDR and 4G. */
  readonly link_workmode?: Enum<0 | 1> | undefined
  readonly sdr_quality?: number | undefined
  readonly '4g_quality'?: number | undefined
  /** Between the aircraft and the 4G server. */
  readonly '4g_uav_quality'?: number | undefined
  /** Between the controller and the 4G server. */
  readonly '4g_gnd_quality'?: number | undefined
  /** Unit not documented; GHz in captures. */
  readonly sdr_freq_band?: number | undefined
  /** Unit not documented; GHz in captures. */
  readonly '4g_freq_band'?: number | undefined
}
