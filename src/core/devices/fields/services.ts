import type { CameraMode, ExposureMode, FocusMode, MeteringMode } from './camera.ts'
import type { Enum } from './open.ts'

/** A camera, named by the `payload_index` of its OSD: `type-subtype-gimbalindex`. */
interface OfPayload {
  readonly payload_index: string
}

/** A lens of a camera. */
interface OfLens extends OfPayload {
  readonly camera_type: 'wide' | 'zoom' | 'ir'
}

/** A point in the picture, as parts of its width and height, 0 to 1, from the top left. */
interface Point {
  readonly x: number
  readonly y: number
}

interface Area extends Point {
  readonly width: number
  readonly height: number
}

interface OfVideo {
  /** `{sn}/{camera_index}/{video_index}`, from the controller's `live_capacity`. */
  readonly video_id: string
}

/** 0 automatic, 1 960x540, 2 1280x720 1 Mbit/s, 3 1280x720 1.5 Mbit/s, 4 1920x1080. */
type VideoQuality = Enum<0 | 1 | 2 | 3 | 4>

/** A service whose reply has no `output`. */
interface Service<Data> {
  readonly data: Data
  readonly output: unknown
}

/**
 * Services of a controller with Pilot 2, by method, with `data` and the `output` of the reply. They are from DJI's
 * pages "Live" and "DRC" of the RC Pro. You can call any other method too, with any data.
 */
export interface Services {
  readonly live_start_push: Service<
    OfVideo & {
      /** 0 Agora, 1 RTMP, 3 GB28181, 4 WebRTC (WHIP). The bridge uses other numbers. */
      readonly url_type: Enum<0 | 1 | 3 | 4>
      /** An address (RTMP, WHIP) or `key=value&...` (Agora, GB28181). */
      readonly url: string
      readonly video_quality: VideoQuality
    }
  >
  readonly live_stop_push: Service<OfVideo>
  readonly live_set_quality: Service<OfVideo & { readonly video_quality: VideoQuality }>
  readonly live_lens_change: Service<
    OfVideo & {
      /** For infrared, DJI's page says `thermal` and its demo `ir`. */
      readonly video_type: 'normal' | 'wide' | 'zoom' | 'thermal' | 'ir'
    }
  >

  /** Asks the pilot. The answer comes as `cloud_control_auth_notify`. */
  readonly cloud_control_auth_request: {
    readonly data: {
      readonly user_id: string
      /** The pilot sees this name. */
      readonly user_callsign: string
      readonly control_keys: readonly ['flight'] | readonly string[]
    }
    readonly output: { readonly status?: string | undefined } | undefined
  }
  readonly cloud_control_release: {
    readonly data: { readonly control_keys: readonly ['flight'] | readonly string[] }
    readonly output: { readonly status?: string | undefined } | undefined
  }
  readonly drc_mode_enter: Service<{
    readonly mqtt_broker: {
      /** `host:port`, without a scheme. */
      readonly address: string
      readonly client_id: string
      readonly username: string
      readonly password: string
      /** Unix time in seconds. */
      readonly expire_time: number
      readonly enable_tls: boolean
    }
    /** Hz, 1 to 30. */
    readonly osd_frequency: number
    /** Hz, 1 to 30. */
    readonly hsi_frequency: number
  }>
  readonly drc_mode_exit: Service<undefined | Readonly<Record<string, never>>>

  readonly camera_mode_switch: Service<OfPayload & { readonly camera_mode: CameraMode }>
  /** For a panorama, `output.status` is `in_progress`, and `camera_photo_take_progress` follows. */
  readonly camera_photo_take: {
    readonly data: OfPayload
    readonly output: { readonly status?: string | undefined } | undefined
  }
  /** Stops a panorama. Other photos cannot be stopped. */
  readonly camera_photo_stop: Service<OfPayload>
  readonly camera_recording_start: Service<OfPayload>
  readonly camera_recording_stop: Service<OfPayload>
  /** Speeds in rad/s. `locked`: the aircraft turns with the gimbal. */
  readonly camera_screen_drag: Service<
    OfPayload & { readonly locked: boolean; readonly pitch_speed: number; readonly yaw_speed: number }
  >
  /** Moves the gimbal until this point is in the middle of the picture. */
  readonly camera_aim: Service<OfLens & Point & { readonly locked: boolean }>
  /** Moves and zooms until this area fills the picture. */
  readonly camera_frame_zoom: Service<OfLens & Area & { readonly locked: boolean }>
  /** 2 to 200, infrared 2 to 20. */
  readonly camera_focal_length_set: Service<OfLens & { readonly zoom_factor: number }>
  /** Degrees; `height` in meters above the WGS 84 ellipsoid, 2 to 10000. */
  readonly camera_look_at: Service<
    OfPayload & {
      readonly locked: boolean
      readonly latitude: number
      readonly longitude: number
      readonly height: number
    }
  >
  readonly camera_screen_split: Service<OfPayload & { readonly enable: boolean }>
  readonly photo_storage_set: Service<OfPayload & { readonly photo_storage_settings: readonly StoredLens[] }>
  readonly video_storage_set: Service<OfPayload & { readonly video_storage_settings: readonly StoredLens[] }>
  readonly camera_exposure_mode_set: Service<OfLens & { readonly exposure_mode: ExposureMode }>
  /** The index in DJI's table, as text: `'1'` is -5 EV, `'16'` is 0 EV, `'31'` is +5 EV. DJI's example has a number. */
  readonly camera_exposure_set: Service<OfLens & { readonly exposure_value: string | number }>
  readonly camera_focus_mode_set: Service<OfLens & { readonly focus_mode: FocusMode }>
  /** From `zoom_min_focus_value` to `zoom_max_focus_value` of the camera's OSD. */
  readonly camera_focus_value_set: Service<OfLens & { readonly focus_value: number }>
  readonly camera_point_focus_action: Service<OfLens & Point>
  readonly ir_metering_mode_set: Service<OfPayload & { readonly mode: MeteringMode }>
  readonly ir_metering_point_set: Service<OfPayload & Point>
  readonly ir_metering_area_set: Service<OfPayload & Area>
  /** 0 reset, 1 downward, 2 pan to the middle, 3 tilt downward. */
  readonly gimbal_reset: Service<OfPayload & { readonly reset_mode: Enum<0 | 1 | 2 | 3> }>
}

type StoredLens = 'current' | 'wide' | 'zoom' | 'ir' | 'vision'

/** The method of a documented service, such as `'live_start_push'`. */
export type ServiceMethod = keyof Services

/** A documented method, which editors can suggest, or any other. */
export type AnyMethod = ServiceMethod | (string & {})

/** `data` of a service: the documented type for the services in `Services`, anything for others. */
export type ServiceData<Method extends string> = Method extends ServiceMethod
  ? Services[Method]['data']
  : unknown

/**
 * The arguments after the method in `callService`: data and options. Only a service without data may leave data out.
 */
export type ServiceArguments<Method extends string, Options> =
  undefined extends ServiceData<Method>
    ? [data?: ServiceData<Method>, options?: Options | undefined]
    : [data: ServiceData<Method>, options?: Options | undefined]

/** `data` of the reply to a service. A device may send more fields. */
export interface ServiceReply<Method extends string = string> {
  /** 0: the device has done it. */
  readonly result: number
  readonly output?: (Method extends ServiceMethod ? Services[Method]['output'] : unknown) | undefined
  readonly [field: string]: unknown
}
