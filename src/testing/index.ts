/** A Pilot 2 without hardware: for the tests of a platform, whatever it is built with. */
export * from './contracts/index.ts'
export type { WaitOptions } from './event-log.ts'
export type * from './events.ts'
export { type Confidence, KNOBS, type Knob, type KnobName, type Knobs, knobsWith } from './knobs.ts'
export type { Timers } from './timers.ts'
export type * from './types.ts'
export { createVirtualPilot } from './virtual-pilot.ts'
