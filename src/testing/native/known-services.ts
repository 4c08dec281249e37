import type { ServiceMethod } from '../../core/devices/fields/services.ts'

/**
 * The services that a controller with Pilot 2 knows, by DJI's documents. The compiler checks that each is documented.
 */
const KNOWN: Readonly<Record<ServiceMethod, true>> = {
  live_start_push: true,
  live_stop_push: true,
  live_set_quality: true,
  live_lens_change: true,
  cloud_control_auth_request: true,
  cloud_control_release: true,
  drc_mode_enter: true,
  drc_mode_exit: true,
  camera_mode_switch: true,
  camera_photo_take: true,
  camera_photo_stop: true,
  camera_recording_start: true,
  camera_recording_stop: true,
  camera_screen_drag: true,
  camera_aim: true,
  camera_frame_zoom: true,
  camera_focal_length_set: true,
  camera_look_at: true,
  camera_screen_split: true,
  photo_storage_set: true,
  video_storage_set: true,
  camera_exposure_mode_set: true,
  camera_exposure_set: true,
  camera_focus_mode_set: true,
  camera_focus_value_set: true,
  camera_point_focus_action: true,
  ir_metering_mode_set: true,
  ir_metering_point_set: true,
  ir_metering_area_set: true,
  gimbal_reset: true,
}

export const isKnownService = (method: string): boolean => Object.hasOwn(KNOWN, method)
