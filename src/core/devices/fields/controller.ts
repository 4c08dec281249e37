import type { DongleInfo } from './dongle.ts'
import type { LiveCapacity, LiveStatus } from './live.ts'
import type { Enum, OpenFields } from './open.ts'

/** What a remote controller reports at 0.5 Hz on `osd`. From DJI's page "Properties" of the RC Plus. */
export interface ControllerOsd extends OpenFields {
  /** Degrees; south is negative. */
  readonly latitude?: number | undefined
  /** Degrees; west is negative. */
  readonly longitude?: number | undefined
  /** Meters above the WGS 84 ellipsoid. */
  readonly height?: number | undefined
  /** Of its battery, 0 to 100. */
  readonly capacity_percent?: number | undefined
  readonly wireless_link?: WirelessLink | undefined
  /** Country code of the place. */
  readonly country?: string | undefined
}

/** What a remote controller tells on `state`, when it changes. */
export interface ControllerState extends OpenFields {
  readonly firmware_version?: string | undefined
  /** What it could stream. `camera_index` and `video_index` of it make the `video_id` of `live_start_push`. */
  readonly live_capacity?: LiveCapacity | undefined
  /** DJI's table has a list, its example one object. */
  readonly live_status?: readonly LiveStatus[] | LiveStatus | undefined
  readonly dongle_infos?: readonly DongleInfo[] | undefined
  /** The pilot lets the platform control; which of the two names a controller uses differs. */
  readonly is_cloud_control_auth?: boolean | undefined
  /** What the pilot lets the platform control, such as `flight`. Shape unverified. */
  readonly cloud_control_auth?: readonly string[] | undefined
}

/** The link of controller and aircraft. Qualities: 0 to 5; 65535 was seen for "none". */
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
  /** Of aircraft and 4G server. */
  readonly '4g_uav_quality'?: number | undefined
  /** Of controller and 4G server. */
  readonly '4g_gnd_quality'?: number | undefined
  /** Unit not documented; GHz in captures. */
  readonly sdr_freq_band?: number | undefined
  /** Unit not documented; GHz in captures. */
  readonly '4g_freq_band'?: number | undefined
}
