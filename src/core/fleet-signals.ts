import { EventEmitter } from 'node:events'
import type { BrokerConnection, InboundMessage } from './ports/broker.ts'
import type { Session } from './ports/sessions.ts'

/**
 * Signals between the parts of the fleet. A part emits a signal, and parts that are created later listen to it. So no
 * part needs a reference to a later one.
 */
export interface FleetSignals {
  /** The devices that a gateway may speak for have changed. */
  access: [gateway: string]
  /** A gateway names other aircraft than before. */
  links: [gateway: string]
  /** These devices are no longer kept for a user. */
  freed: [serials: readonly string[]]
  /** The user who has a device in use has changed. Null: no user. */
  reserved: [serial: string, workspaceId: string, userId: string | null]
  /** Another user is connected on the same gateway now. */
  replaced: [connection: BrokerConnection]
  /** MQTT credentials were issued. */
  issued: [session: Session, gateway: string | null]
  /** The workspace of a controller is known now, so its message is handled as if it had just arrived. */
  redelivered: [message: InboundMessage]
  /** The view of a device of this node has changed. */
  shown: [serial: string]
  renamed: [serial: string, nickname: string | null]
  /** Nodes have come or gone. */
  members: []
}

export type FleetEmitter = Pick<EventEmitter<FleetSignals>, 'emit'>

export const createFleetSignals = (): EventEmitter<FleetSignals> => new EventEmitter<FleetSignals>()
