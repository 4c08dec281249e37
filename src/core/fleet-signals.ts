import { EventEmitter } from 'node:events'
import type { BrokerConnection, InboundMessage } from './ports/broker.ts'
import type { Session } from './ports/sessions.ts'

/**
 * What parts of the fleet tell each other. A part emits a signal, and parts that are made later listen to it. So no part needs a
 * reference to a later one.
 */
export interface FleetSignals {
  /** What a gateway may speak for has changed. */
  access: [gateway: string]
  /** A gateway names other aircraft than before. */
  links: [gateway: string]
  /** These devices are not kept for anybody any more. */
  freed: [serials: readonly string[]]
  /** With whom a device is live has changed. Null: with nobody. */
  reserved: [serial: string, workspaceId: string, userId: string | null]
  /** Another user is connected on the same gateway now. */
  replaced: [connection: BrokerConnection]
  /** MQTT credentials were given out. */
  issued: [session: Session, gateway: string | null]
  /** The workspace of a controller is known now: this message of it is taken as if it had just come. */
  redelivered: [message: InboundMessage]
  /** The view of a device of this node has changed. */
  shown: [serial: string]
  renamed: [serial: string, nickname: string | null]
  /** Nodes have come or gone. */
  members: []
}

export type FleetEmitter = Pick<EventEmitter<FleetSignals>, 'emit'>

export const createFleetSignals = (): EventEmitter<FleetSignals> => new EventEmitter<FleetSignals>()
