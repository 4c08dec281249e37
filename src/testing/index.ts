/** A Pilot 2 without hardware: for the tests of any platform, even one that is not built with this package. */

export type { CodeRequest, LoginExtras, OpenChallenge } from '../bridge/types.ts'
export { findChromium } from './chromium/find.ts'
export {
  openPilotBrowser,
  type PilotBrowser,
  type PilotBrowserOptions,
} from './chromium/pilot-page.ts'
export type { PageSeen } from './chromium/seen.ts'
export * from './contracts/index.ts'
export type { WaitOptions } from './event-log.ts'
export type { LinkName, PilotEvent, PilotEventName, PilotEvents } from './events.ts'
export { type Confidence, KNOBS, type Knob, type KnobName, type Knobs, knobsWith } from './knobs.ts'
export { withFakeLicense } from './license.ts'
export { createMask, type Mask } from './mask.ts'
export { createPageResponder } from './page-script.ts'
export { PRESETS, type Preset, type PresetName } from './presets.ts'
export type { Timers } from './timers.ts'
export { readTrace } from './trace/read.ts'
export { type Trace, type TraceAnswer, type TraceEntry, traceSchema } from './trace/trace.ts'
export type {
  Coordinates,
  Device,
  NativeView,
  PageRunner,
  PageVisit,
  Readings,
  SentReport,
  VirtualPilot,
  VirtualPilotOptions,
} from './types.ts'
export { createVirtualPilot } from './virtual-pilot.ts'
