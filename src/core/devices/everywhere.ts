import type { Mirror } from '../realtime/mirror.ts'
import { type Elsewhere, NOWHERE } from './elsewhere.ts'
import type { GatewayView } from './records.ts'
import type { Registry } from './registry.ts'

/** What is known of the gateways of all nodes. This node's own come first. */
export interface Everywhere {
  /** Online here, or as another node has told. */
  viewOf(gateway: string): GatewayView | null
  gatewayOf(aircraft: string): string | null
  linkedTo(aircraft: string): readonly string[]
  access(gateway: string): ReadonlySet<string>
  silent(gateway: string): ReadonlySet<string>
}

/** @param others null: this node is alone */
export function everywhere(registry: Registry, others: Mirror | null): Everywhere {
  const orThere = (here: ReadonlySet<string>, there: ReadonlySet<string> | undefined): ReadonlySet<string> =>
    here.size > 0 ? here : (there ?? here)
  return {
    viewOf(gateway) {
      const here = registry.get(gateway)
      return here?.online === true ? here : (others?.get(gateway)?.view ?? here)
    },
    gatewayOf: (aircraft) => registry.gatewayOf(aircraft) ?? others?.gatewayOf(aircraft) ?? null,
    linkedTo: (aircraft) => [...registry.linkedTo(aircraft), ...(others?.namedBy(aircraft) ?? [])],
    access: (gateway) => orThere(registry.access(gateway), others?.access(gateway)),
    silent: (gateway) => orThere(registry.silent(gateway), others?.silent(gateway)),
  }
}

/** @param others null: this node is alone */
export const elsewhereOf = (others: Mirror | null): Elsewhere =>
  others === null
    ? NOWHERE
    : {
        isGateway: (serial) => others.get(serial) !== null,
        holderOf: others.holderOf,
        linkedTo: others.linkedTo,
        give: others.move,
      }
