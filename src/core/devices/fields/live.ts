import type { Enum, OpenFields } from './open.ts'

/** Number of streams to choose from, and of streams at the same time: for the controller, a device or a camera. */
interface VideoNumbers extends OpenFields {
  readonly available_video_number?: number | undefined
  readonly coexist_video_number_max?: number | undefined
}

/** What a device can stream live: its cameras and their lenses. */
export interface LiveCapacity extends VideoNumbers {
  readonly device_list?: readonly LiveDevice[] | undefined
}

export interface LiveDevice extends VideoNumbers {
  /** Serial number. */
  readonly sn?: string | undefined
  readonly camera_list?: readonly LiveCamera[] | undefined
}

export interface LiveCamera extends VideoNumbers {
  /** `type-subtype-gimbalindex`. */
  readonly camera_index?: string | undefined
  readonly video_list?: readonly LiveVideo[] | undefined
}

export interface LiveVideo extends OpenFields {
  /** Such as `normal-0`. */
  readonly video_index?: string | undefined
  /** Such as `wide`. */
  readonly video_type?: string | undefined
  readonly switchable_video_types?: readonly string[] | undefined
}

/** The state of a live stream. */
export interface LiveStatus extends OpenFields {
  /** `{sn}/{camera_index}/{video_index}`. */
  readonly video_id?: string | undefined
  readonly video_type?: string | undefined
  /** Not the scale of the services: 0 automatic, 1 smooth, 2 HD, 3 ultra HD. */
  readonly video_quality?: number | undefined
  /** 1: streaming. */
  readonly status?: Enum<0 | 1> | undefined
  /** Six digits, such as 613006: Pilot does not show its camera view. */
  readonly error_status?: number | undefined
}
