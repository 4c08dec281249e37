import type { AircraftMode } from './aircraft.ts'
import type { Enum, Flag, OpenFields } from './open.ts'

/**
 * `data` of what a controller tells in `device.event`, by method: DJI's pages "DRC" and "Remote control" of the RC Pro.
 * `isDeviceEvent(event, 'drc_status_notify')` says that an event is one of these, and types its data.
 */
export interface DeviceEvents {
  /** The pilot has answered `cloud_control_auth_request`. */
  readonly cloud_control_auth_notify: Progress<'ok' | 'failed' | 'canceled'>
  /** `drc_state`: 0 not connected, 1 connecting, 2 connected. */
  readonly drc_status_notify: OpenFields & {
    readonly result?: number | undefined
    readonly drc_state?: Enum<0 | 1 | 2> | undefined
  }
  /** A panorama is being taken. */
  readonly camera_photo_take_progress: Progress<'ok' | 'in_progress' | 'fail'>
  /** On `drc/up`. */
  readonly heart_beat: OpenFields & {
    /** ms since the epoch, as it was sent. */
    readonly timestamp?: number | undefined
  }
  /** On `drc/up`: state of the aircraft. */
  readonly drc_drone_state_push: OpenFields & {
    readonly mode_code?: AircraftMode | undefined
    readonly stealth_state?: Flag | undefined
    readonly night_lights_state?: Flag | undefined
  }
  /** On `drc/up`: obstacles. */
  readonly hsi_info_push: Obstacles
}

/** The method of a documented event, such as `'cloud_control_auth_notify'`. */
export type DeviceEventMethod = keyof DeviceEvents

/** Of something that takes a while. `result` other than 0 is an error of DJI's. */
interface Progress<Status extends string> extends OpenFields {
  readonly result?: number | undefined
  readonly output?:
    | (OpenFields & {
        readonly status?: Status | (string & {}) | undefined
        readonly progress?:
          | (OpenFields & {
              readonly current_step?: number | undefined
              /** 0 to 100. */
              readonly percent?: number | undefined
            })
          | undefined
      })
    | undefined
}

/** Distances in millimeters. `_enable`: sensing is switched on; `_work`: it works. */
export interface Obstacles extends OpenFields {
  readonly up_distance?: number | undefined
  readonly down_distance?: number | undefined
  /** Around the aircraft; where the first one points is not documented. */
  readonly around_distances?: readonly number[] | undefined
  readonly up_enable?: Flag | undefined
  readonly up_work?: Flag | undefined
  readonly down_enable?: Flag | undefined
  readonly down_work?: Flag | undefined
  readonly left_enable?: Flag | undefined
  readonly left_work?: Flag | undefined
  readonly right_enable?: Flag | undefined
  readonly right_work?: Flag | undefined
  readonly front_enable?: Flag | undefined
  readonly front_work?: Flag | undefined
  readonly back_enable?: Flag | undefined
  readonly back_work?: Flag | undefined
  readonly vertical_enable?: Flag | undefined
  readonly vertical_work?: Flag | undefined
  readonly horizontal_enable?: Flag | undefined
  readonly horizontal_work?: Flag | undefined
}

/**
 * Whether this `device.event` is of this method; then its `data` has the documented type. What a device sent is not checked
 * further.
 *
 * @example
 * cloud.on('device.event', (event) => {
 *   if (isDeviceEvent(event, 'drc_status_notify')) console.log(event.data?.drc_state)
 * })
 */
export const isDeviceEvent = <
  Event extends { readonly method: string | null; readonly data: unknown },
  Method extends DeviceEventMethod,
>(
  event: Event,
  method: Method,
): event is Event & { readonly method: Method; readonly data: Partial<DeviceEvents[Method]> | null } =>
  event.method === method
