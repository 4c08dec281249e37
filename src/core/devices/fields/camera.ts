import type { Enum, Flag, OpenFields } from './open.ts'

/** 0 photo, 1 video, 2 smart low light, 3 panorama. */
export type CameraMode = Enum<0 | 1 | 2 | 3>
/** 1 automatic, 2 shutter priority, 3 aperture priority, 4 manual. */
export type ExposureMode = Enum<1 | 2 | 3 | 4>
/** 0 manual, 1 single (AFS), 2 continuous (AFC). */
export type FocusMode = Enum<0 | 1 | 2>
/** 0 off, 1 a point, 2 an area. */
export type MeteringMode = Enum<0 | 1 | 2>

/** One camera in `cameras` of an aircraft's OSD. */
export interface CameraOsd extends OpenFields {
  /** `type-subtype-gimbalindex`, such as `66-0-0`. Services and live streams name the camera by it. */
  readonly payload_index?: string | undefined
  readonly camera_mode?: CameraMode | undefined
  /** 1: the camera is taking a photo. */
  readonly photo_state?: Enum<0 | 1> | undefined
  /** 1: the camera is recording. */
  readonly recording_state?: Enum<0 | 1> | undefined
  /** Seconds of the current recording. */
  readonly record_time?: number | undefined
  /** Seconds of video that still fit on the card. */
  readonly remain_record_duration?: number | undefined
  /** Photos that still fit on the card. */
  readonly remain_photo_num?: number | undefined
  /** 2 to 200. */
  readonly zoom_factor?: number | undefined
  /** 2 to 20. */
  readonly ir_zoom_factor?: number | undefined
  readonly screen_split_enable?: Flag | undefined
  readonly liveview_world_region?: LiveViewRegion | undefined
  /** Which lenses are stored: `current`, `wide`, `zoom`, `ir`. */
  readonly photo_storage_settings?: readonly string[] | undefined
  /** Which lenses are stored: `current`, `wide`, `zoom`, `ir`. */
  readonly video_storage_settings?: readonly string[] | undefined
  readonly wide_exposure_mode?: ExposureMode | undefined
  /** Index in DJI's table: 0 automatic, 2 ISO 50, 3 ISO 100, and so on. */
  readonly wide_iso?: number | undefined
  /** Index in DJI's table: 0 is 1/8000 s, 59 is 8 s, 65534 is automatic. */
  readonly wide_shutter_speed?: number | undefined
  /** Index in DJI's table: 1 is -5 EV, 16 is 0 EV, 31 is +5 EV, 255 is fixed. */
  readonly wide_exposure_value?: number | undefined
  readonly zoom_exposure_mode?: ExposureMode | undefined
  /** Like `wide_iso`. */
  readonly zoom_iso?: number | undefined
  /** Like `wide_shutter_speed`. */
  readonly zoom_shutter_speed?: number | undefined
  /** Like `wide_exposure_value`. */
  readonly zoom_exposure_value?: number | undefined
  readonly zoom_focus_mode?: FocusMode | undefined
  /** A number without a unit, from `zoom_min_focus_value` to `zoom_max_focus_value`. */
  readonly zoom_focus_value?: number | undefined
  readonly zoom_max_focus_value?: number | undefined
  readonly zoom_min_focus_value?: number | undefined
  readonly zoom_calibrate_farthest_focus_value?: number | undefined
  readonly zoom_calibrate_nearest_focus_value?: number | undefined
  /** 0 idle, 1 focusing, 2 done, 3 failed. */
  readonly zoom_focus_state?: Enum<0 | 1 | 2 | 3> | undefined
  readonly ir_metering_mode?: MeteringMode | undefined
  readonly ir_metering_point?: MeteringPoint | undefined
  readonly ir_metering_area?: MeteringArea | undefined
}

/**
 * The part of the wide or infrared picture that the zoom camera shows. Values are parts of width and height, from the
 * top left.
 */
export interface LiveViewRegion extends OpenFields {
  readonly left?: number | undefined
  readonly top?: number | undefined
  readonly right?: number | undefined
  readonly bottom?: number | undefined
}

export interface MeteringPoint extends OpenFields {
  /** Part of the width, 0 to 1, from the left. */
  readonly x?: number | undefined
  /** Part of the height, 0 to 1, from the top. */
  readonly y?: number | undefined
  /** Unit not documented; probably degrees Celsius (unverified). */
  readonly temperature?: number | undefined
}

export interface MeteringArea extends OpenFields {
  /** Top left corner, part of the width. */
  readonly x?: number | undefined
  /** Top left corner, part of the height. */
  readonly y?: number | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
  /** Unit not documented; probably degrees Celsius (unverified). */
  readonly aver_temperature?: number | undefined
  readonly min_temperature_point?: MeteringPoint | undefined
  readonly max_temperature_point?: MeteringPoint | undefined
}

/**
 * What older aircraft report about a payload. It is in the OSD under the payload's index: `osd['61-0-0'] as PayloadOsd
 * | undefined`. DJI's pages for Pilot do not document the units.
 */
export interface PayloadOsd extends OpenFields {
  readonly payload_index?: string | undefined
  /** Probably degrees (unverified). */
  readonly gimbal_pitch?: number | undefined
  /** Probably degrees (unverified). */
  readonly gimbal_roll?: number | undefined
  /** Probably degrees (unverified). */
  readonly gimbal_yaw?: number | undefined
  /** From the laser range finder; degrees. */
  readonly measure_target_latitude?: number | undefined
  /** From the laser range finder; degrees. */
  readonly measure_target_longitude?: number | undefined
  /** From the laser range finder; meters. */
  readonly measure_target_altitude?: number | undefined
  /** From the laser range finder; meters. */
  readonly measure_target_distance?: number | undefined
  /** The meaning of the numbers is not documented. */
  readonly measure_target_error_state?: number | undefined
}
