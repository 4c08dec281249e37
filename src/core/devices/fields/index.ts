import type { AircraftOsd, AircraftState } from './aircraft.ts'
import type { ControllerOsd, ControllerState } from './controller.ts'

/**
 * Everything that a device has told, of a controller or an aircraft, by `osd` or by `state`: which of the two carries a field
 * differs between models and firmware (facts D5). `AircraftOsd`, `AircraftState`, `ControllerOsd` and `ControllerState` have the
 * docs of each field.
 */
export interface DeviceFields extends AircraftOsd, AircraftState, ControllerOsd, ControllerState {}
