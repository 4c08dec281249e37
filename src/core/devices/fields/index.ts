import type { AircraftOsd, AircraftState } from './aircraft.ts'
import type { ControllerOsd, ControllerState } from './controller.ts'

/**
 * All fields of a controller or an aircraft, from `osd` and from `state`. Models and firmware versions differ in which
 * of the two contains a field (facts D5). `AircraftOsd`, `AircraftState`, `ControllerOsd` and `ControllerState` explain
 * each field.
 */
export interface DeviceFields extends AircraftOsd, AircraftState, ControllerOsd, ControllerState {}
