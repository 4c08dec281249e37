import type { AircraftMode } from './aircraft.ts'
import type { Enum, Flag, OpenFields } from './open.ts'

/**
 * `data` of the `device.event` events of a controller, by method, from DJI's pages "DRC" and "Remote control" of the RC
 * Pro. `isDeviceEvent(event, 'drc_status_notify')` checks the method of an event and gives its data the type.
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
    /** ms since the epoch, when it was sent. */
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

/** Progress of a task that takes some time. A `result` other than 0 is one of DJI's error codes. */
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

/** Distances in millimeters. `_enable`: the sensors are switched on; `_work`: they work. */
export interface Obstacles extends OpenFields {
  readonly up_distance?: number | undefined
  readonly down_distance?: number | undefined
  /** Distances around the aircraft. The direction of the first one is not documented. */
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
 * Whether a `device.event` has this method. If so, its `data` gets the documented type; the data itself is not checked.
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
