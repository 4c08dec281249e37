import type { AircraftView, GatewayView } from '../devices/records.ts'
import type { Heard } from '../devices/telemetry.ts'
import type { NamedError } from '../errors.ts'
import type { DrcCommand } from '../mqtt/commands.ts'
import type { EndReason } from '../ports/sessions.ts'
import type { TopologyNews } from './announcer.ts'
import type { Push } from './hub.ts'

/** A question to the node to which the gateway is connected. */
export type Question =
  | { readonly what: 'disconnect'; readonly gateway: string; readonly revoke: boolean }
  | {
      readonly what: 'call'
      readonly gateway: string
      readonly method: string
      readonly data: unknown
      readonly timeoutMs?: number
    }
  | { readonly what: 'drc'; readonly gateway: string; readonly command: DrcCommand }
  | {
      readonly what: 'set'
      readonly gateway: string
      readonly properties: object
      readonly timeoutMs?: number
    }

export type Answer =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      readonly error: NamedError
      readonly message: string
      readonly data: Readonly<Record<string, unknown>> | null
    }

/** The messages between nodes. */
export type NodeMessage =
  /** A node has just started, and asks for the views of the others. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'beat' }
  /** `rests`: its gateways are expected back at other nodes, and not reported as offline before the grace is over. */
  | { readonly kind: 'bye'; readonly rests?: boolean }
  | {
      readonly kind: 'views'
      readonly views: readonly GatewayView[]
      readonly states: readonly Heard[]
    }
  /** Null: that node does not know this gateway (any more). */
  | {
      readonly kind: 'news'
      readonly news: TopologyNews
      readonly view: GatewayView | null
      /** With `aircraft.moved` to a gateway of another node: that node has the aircraft from now on. */
      readonly given?: { readonly node: string; readonly aircraft: AircraftView }
    }
  /** The user has left these devices: they are no longer kept for that user. */
  | { readonly kind: 'freed'; readonly serials: readonly string[] }
  /** A gateway names other aircraft, or may speak for others. Nothing is pushed. */
  | { readonly kind: 'view'; readonly view: GatewayView }
  /** A workspace has changed the nickname of this device. */
  | { readonly kind: 'renamed'; readonly serial: string; readonly nickname: string | null }
  | { readonly kind: 'osd'; readonly reports: readonly Heard[] }
  | { readonly kind: 'unbound'; readonly serial: string; readonly workspaceId: string }
  /** A push of a plugin to the sockets of a workspace. */
  | {
      readonly kind: 'push'
      readonly workspaceId: string
      readonly push: Push
    }
  | { readonly kind: 'session'; readonly sessionId: string; readonly reason: EndReason }
  | { readonly kind: 'ask'; readonly id: string; readonly to: string; readonly question: Question }
  | { readonly kind: 'answer'; readonly id: string; readonly to: string; readonly answer: Answer }

export interface Parcel {
  /** Version of this format. During an update, nodes of different versions run at the same time. */
  readonly v: 1
  readonly from: string
  readonly message: NodeMessage
}

/**
 * Null if the text is not a parcel of this version. Only our own nodes can write here, so the form is not checked
 * further.
 */
export function openParcel(text: string): Parcel | null {
  try {
    const parcel: unknown = JSON.parse(text)
    return typeof parcel === 'object' && parcel !== null && (parcel as Parcel).v === 1
      ? (parcel as Parcel)
      : null
  } catch {
    return null
  }
}
