import { DjiCloudError, isDjiCloudError } from '../../plugin.ts'
import {
  createVirtualPilot,
  type Knobs,
  PRESETS,
  type Preset,
  type VirtualPilot,
  type VirtualPilotOptions,
} from '../../testing/index.ts'
import type { Setup } from './controls.ts'
import { type Fault, faultOf } from './faults.ts'

/** A virtual Pilot with what was chosen: a preset, a fault, and knobs of the reader's own, which win. */
export function switchOn(
  { preset: name, knobs, fault: id }: Setup,
  options: VirtualPilotOptions,
): { readonly pilot: VirtualPilot; readonly preset: Preset | null; readonly fault: string | null } {
  const preset = PRESETS.find((one) => one.name === name) ?? PRESETS[0] ?? null
  const fault = id === null ? null : faultOf(id)
  if (fault === undefined)
    throw new DjiCloudError('INVALID_INPUT', {
      message: `The simulator has no fault "${id}". Choose one of the list on its page.`,
      data: { issues: [{ field: 'fault', message: 'is not a fault of the list' }] },
    })
  const pilot = checked({
    ...options,
    ...(preset === null ? {} : { gateway: preset.gateway, aircraft: preset.aircraft }),
    ...(fault?.aircraft === false ? { aircraft: null } : {}),
    knobs: { ...preset?.knobs, ...fault?.knobs, ...(knobs as Partial<Knobs>) },
  })
  return { pilot, preset, fault: fault !== null && isThere(fault, pilot.knobs) ? fault.id : null }
}

/** A knob of the reader's own may undo a fault. */
const isThere = ({ knobs }: Fault, now: Knobs): boolean =>
  Object.entries(knobs).every(([name, value]) => now[name as keyof Knobs] === value)

/** The virtual Pilot throws an error that names the wrong knob. Answer it as a bad request. */
function checked(options: VirtualPilotOptions): VirtualPilot {
  try {
    return createVirtualPilot(options)
  } catch (cause) {
    if (!isDjiCloudError(cause)) throw cause
    throw new DjiCloudError('INVALID_INPUT', { message: cause.message, cause })
  }
}
