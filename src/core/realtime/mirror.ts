import { type Elsewhere, type HeldElsewhere, NOWHERE, type Party } from '../devices/holding.ts'
import { type AircraftView, type GatewayView, NO_AIRCRAFT } from '../devices/records.ts'
import type { Registry } from '../devices/registry.ts'

/** The gateways and aircraft of the other nodes, as those nodes have reported them. */
export interface Mirror extends Pick<Elsewhere, 'holderOf' | 'linkedTo'> {
  set(node: string, view: GatewayView): void
  /** The view of one gateway, wherever it is. */
  get(gateway: string): { readonly node: string; readonly view: GatewayView } | null
  gatewayOf(aircraft: string): string | null
  /** The aircraft that a gateway may speak for. The set is the same object until it changes. */
  access(gateway: string): ReadonlySet<string>
  /** The aircraft that it named and may not speak for. */
  silent(gateway: string): ReadonlySet<string>
  list(workspaceId?: string): readonly GatewayView[]
  of(node: string): readonly GatewayView[]
  /** All gateways that name this aircraft, including its holder. */
  namedBy(aircraft: string): readonly string[]
  /** A gateway of another node has reported for an aircraft. */
  heard(gateway: string, aircraft: string): void
  /** A gateway of this node holds it now. */
  release(aircraft: string): void
  /** Moves an aircraft from a gateway of any node to a gateway of another node. */
  move(aircraft: AircraftView, to: string): void
  delete(gateway: string): void
  clear(node: string): void
}

interface Entry {
  readonly node: string
  readonly view: GatewayView
  readonly access: ReadonlySet<string>
  readonly silent: ReadonlySet<string>
  /** The time of its last report for an aircraft, by this node's clock. */
  readonly heard: Map<string, number>
}

interface Held {
  readonly entry: Entry
  readonly aircraft: AircraftView
}

const NO_INDEX = { controllerIndex: null }

export function createMirror(now: () => number): Mirror {
  const entries = new Map<string, Entry>()
  /** The gateways that name an aircraft, whether they hold it or not. */
  const named = new Map<string, Set<string>>()

  const serialsOf = ({ aircraft, linked }: GatewayView): string[] =>
    [...aircraft, ...linked].map(({ serial }) => serial)

  function remove(gateway: string): void {
    const entry = entries.get(gateway)
    if (entry === undefined) return
    entries.delete(gateway)
    for (const serial of serialsOf(entry.view)) {
      const gateways = named.get(serial)
      gateways?.delete(gateway)
      if (gateways?.size === 0) named.delete(serial)
    }
  }

  function put(node: string, told: GatewayView): void {
    // A node of an earlier version does not send this field.
    const view = { ...told, linked: told.linked ?? [] }
    const before = entries.get(view.serial)
    remove(view.serial)
    const spoken = [...view.aircraft, ...view.linked.filter(({ mayReport }) => mayReport)]
    const mute = view.linked.filter(({ mayReport }) => !mayReport)
    const heard = new Map(
      serialsOf(view).map((serial): [string, number] => [serial, before?.heard.get(serial) ?? now()]),
    )
    entries.set(view.serial, {
      ...{ node, view, heard },
      access: renewed(before?.access, spoken),
      silent: renewed(before?.silent, mute),
    })
    for (const serial of heard.keys()) {
      const gateways = named.get(serial) ?? new Set()
      named.set(serial, gateways.add(view.serial))
    }
  }

  const partyOf = ({ view, heard }: Entry, serial: string): Party => ({
    gateway: view.serial,
    userId: view.userId,
    live: view.online,
    lastAt: heard.get(serial) ?? 0,
  })
  const entriesOf = (serial: string): Entry[] =>
    [...(named.get(serial) ?? [])].flatMap((gateway) => entries.get(gateway) ?? [])

  function held(serial: string): Held | null {
    let best: Held | null = null
    for (const entry of entriesOf(serial)) {
      const aircraft = entry.view.aircraft.find((one) => one.serial === serial)
      // A gateway that has the aircraft online comes before a gateway that had it last.
      if (aircraft !== undefined && (best === null || aircraft.online)) best = { entry, aircraft }
    }
    return best
  }

  function release(serial: string): void {
    for (const { node, view } of entriesOf(serial)) {
      if (!view.aircraft.some((one) => one.serial === serial)) continue
      const aircraft = view.aircraft.filter((one) => one.serial !== serial)
      const { controllerIndex } = view.aircraft.find((one) => one.serial === serial) ?? NO_INDEX
      put(node, {
        ...view,
        aircraft,
        linked: [...view.linked, { serial, mayReport: false, controllerIndex }],
      })
    }
  }

  const views = () => [...entries.values()]
  const of = (node: string) => views().flatMap((entry) => (entry.node === node ? [entry.view] : []))
  return {
    of,
    release,
    set: put,
    access: (gateway) => entries.get(gateway)?.access ?? NO_AIRCRAFT,
    silent: (gateway) => entries.get(gateway)?.silent ?? NO_AIRCRAFT,
    get: (gateway) => entries.get(gateway) ?? null,
    gatewayOf: (serial) => held(serial)?.entry.view.serial ?? null,
    holderOf(serial): HeldElsewhere | null {
      const found = held(serial)
      if (found === null) return null
      const { onlineSince, handovers, online, model } = found.aircraft
      const party = partyOf(found.entry, serial)
      return { gateway: party.gateway, party, online, model, onlineSince, handovers }
    },
    linkedTo: (serial) =>
      entriesOf(serial)
        .filter(({ view }) => view.linked.some((one) => one.serial === serial))
        .map((entry) => partyOf(entry, serial)),
    list: (workspaceId) =>
      views().flatMap(({ view }) =>
        workspaceId === undefined || view.workspaceId === workspaceId ? [view] : [],
      ),
    namedBy: (serial) => [...(named.get(serial) ?? [])],
    heard(gateway, serial) {
      const heard = entries.get(gateway)?.heard
      if (heard?.has(serial) === true) heard.set(serial, now())
    },
    move(aircraft, to) {
      release(aircraft.serial)
      const entry = entries.get(to)
      if (entry === undefined) return
      const { node, view } = entry
      const linked = view.linked.filter(({ serial }) => serial !== aircraft.serial)
      const { controllerIndex } = view.linked.find(({ serial }) => serial === aircraft.serial) ?? NO_INDEX
      put(node, { ...view, aircraft: [...view.aircraft, { ...aircraft, controllerIndex }], linked })
    },
    delete: remove,
    clear(node) {
      for (const { serial } of of(node)) remove(serial)
    },
  }
}

/** Returns the old set if its content has not changed. */
function renewed(
  before: ReadonlySet<string> = NO_AIRCRAFT,
  wanted: readonly { readonly serial: string }[],
): ReadonlySet<string> {
  const isSame = before.size === wanted.length && wanted.every(({ serial }) => before.has(serial))
  return isSame ? before : new Set(wanted.map(({ serial }) => serial))
}

/** The gateways of all nodes, this node's first. */
export type Everywhere = Pick<Registry, 'gatewayOf' | 'linkedTo' | 'access' | 'silent'> & {
  /** The view of this node if the gateway is online here, otherwise that of another node. */
  viewOf(gateway: string): GatewayView | null
}

/** @param others null: there are no other nodes */
export function everywhere(registry: Registry, others: Mirror | null): Everywhere {
  // The broker asks for every packet, so without other nodes the registry is asked directly.
  if (others === null) return { ...registry, viewOf: registry.get }
  const orThere = (here: ReadonlySet<string>, there: ReadonlySet<string>): ReadonlySet<string> =>
    here.size > 0 ? here : there
  return {
    viewOf(gateway) {
      const here = registry.get(gateway)
      return here?.online === true ? here : (others.get(gateway)?.view ?? here)
    },
    gatewayOf: (aircraft) => registry.gatewayOf(aircraft) ?? others.gatewayOf(aircraft),
    linkedTo: (aircraft) => [...registry.linkedTo(aircraft), ...others.namedBy(aircraft)],
    access: (gateway) => orThere(registry.access(gateway), others.access(gateway)),
    silent: (gateway) => orThere(registry.silent(gateway), others.silent(gateway)),
  }
}

/** What the registry asks the other nodes. @param others null: there are no other nodes */
export const elsewhereOf = (others: Mirror | null): Elsewhere =>
  others === null
    ? NOWHERE
    : {
        isGateway: (serial) => others.get(serial) !== null,
        holderOf: others.holderOf,
        linkedTo: others.linkedTo,
        give: others.move,
      }
