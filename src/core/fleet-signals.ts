import { EventEmitter } from 'node:events'
import type { BrokerConnection, InboundMessage } from './ports/broker.ts'
import type { Session } from './ports/sessions.ts'

/**
 * What parts of the fleet tell each other. Each part is given this when it is made and listens to what concerns it, so that no
 * part has to know one that is made later.
 */
export interface FleetSignals {
  /** What a gateway may speak for has changed. */
  access: [gateway: string]
  /** A gateway names other aircraft than before. */
  links: [gateway: string]
  /** These wait for nobody any more. */
  freed: [serials: readonly string[]]
  /** With whom a device is live has changed. Null: with nobody. */
  reserved: [serial: string, workspaceId: string, userId: string | null]
  /** Another user is connected on the same gateway now. */
  replaced: [connection: BrokerConnection]
  /** MQTT credentials were given out. */
  issued: [session: Session, gateway: string | null]
  /** The owner of a controller is known now: what it said is to be taken as if it had just come. */
  redelivered: [message: InboundMessage]
  /** A view of a device here shows something else. */
  shown: [serial: string]
  renamed: [serial: string, nickname: string | null]
  /** Nodes have come or gone. */
  members: []
}

export const createFleetSignals = (): EventEmitter<FleetSignals> => new EventEmitter<FleetSignals>()
