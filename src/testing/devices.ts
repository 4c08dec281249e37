import { type Loose, written } from '../core/checking/loose.ts'
import type { Device } from './types.ts'

/** RC Pro Enterprise, 2-144-0 (facts D4). The serial number is fake, but as long as a real one. */
const GATEWAY: Device = { serial: 'RCFAKE00000001', type: 144, subType: 0, domain: 2 }
/** Mavic 3E, 0-77-0. The serial number is fake. */
const AIRCRAFT: Device = { serial: '1581FAKE000000000001', type: 77, subType: 0, domain: 0 }

export const gatewayFrom = (given?: Loose<Device>): Device => ({ ...GATEWAY, ...written(given) })
export const aircraftFrom = (given?: Loose<Device>): Device => ({ ...AIRCRAFT, ...written(given) })
