import type { DeviceModel } from '../events.ts'
import type { Party, Tenure } from './holding.ts'
import type { AircraftView } from './records.ts'

/** An aircraft that a gateway of another node holds. */
export interface HeldElsewhere extends Tenure {
  readonly party: Party
  readonly model: DeviceModel
  readonly online: boolean
}

/** What the other nodes have, as far as this one knows. */
export interface Elsewhere {
  isGateway(serial: string): boolean
  holderOf(aircraft: string): HeldElsewhere | null
  /** Gateways of other nodes that named it, the holder apart. */
  linkedTo(aircraft: string): readonly Party[]
  /** Its gateway here goes, and the gateway `to` of another node has it from now on. */
  give(aircraft: AircraftView, to: string): void
}

/** This node is alone. */
export const NOWHERE: Elsewhere = {
  isGateway: () => false,
  holderOf: () => null,
  linkedTo: () => [],
  give: () => undefined,
}
