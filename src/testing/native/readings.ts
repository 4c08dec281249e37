import type { Readings } from '../types.ts'
import type { NativeState } from './state.ts'

/** The fields of OSD for these values (facts D5). Fields that are not given are left to the flight. */
export const readingsOf = ({
  battery,
  height,
  speed,
  controllerBattery,
}: Readings): NativeState['readings'] => ({
  aircraft: {
    ...(battery === undefined
      ? {}
      : { battery: { capacity_percent: battery, batteries: [{ index: 0, capacity_percent: battery }] } }),
    ...(height === undefined ? {} : { elevation: height }),
    ...(speed === undefined ? {} : { horizontal_speed: speed }),
  },
  gateway: controllerBattery === undefined ? {} : { capacity_percent: controllerBattery },
})
