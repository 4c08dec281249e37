import { type GatewayView, NO_AIRCRAFT } from '../devices/records.ts'

/** Whom the other nodes have, as they told. */
export interface Mirror {
  set(node: string, view: GatewayView): void
  /** The view of one gateway, wherever it is. */
  get(gateway: string): { readonly node: string; readonly view: GatewayView } | null
  gatewayOf(aircraft: string): string | null
  /** The aircraft that a gateway may speak for: the same set until it changes. */
  access(gateway: string): ReadonlySet<string>
  list(workspaceId?: string): readonly GatewayView[]
  of(node: string): readonly GatewayView[]
  delete(gateway: string): void
  clear(node: string): void
}

export function createMirror(): Mirror {
  interface Entry {
    readonly node: string
    readonly view: GatewayView
    readonly access: ReadonlySet<string>
  }
  const entries = new Map<string, Entry>()

  function accessOf({ serial, aircraft }: GatewayView): ReadonlySet<string> {
    const before = entries.get(serial)?.access ?? NO_AIRCRAFT
    const isSame = before.size === aircraft.length && aircraft.every((one) => before.has(one.serial))
    return isSame ? before : new Set(aircraft.map((one) => one.serial))
  }
  const views = () => [...entries.values()]
  const of = (node: string) => views().flatMap((entry) => (entry.node === node ? [entry.view] : []))
  return {
    of,
    set: (node, view) => void entries.set(view.serial, { node, view, access: accessOf(view) }),
    access: (gateway) => entries.get(gateway)?.access ?? NO_AIRCRAFT,
    get: (gateway) => entries.get(gateway) ?? null,
    gatewayOf: (serial) =>
      views().find(({ view }) => view.aircraft.some((aircraft) => aircraft.serial === serial))?.view.serial ??
      null,
    list: (workspaceId) =>
      views().flatMap(({ view }) =>
        workspaceId === undefined || view.workspaceId === workspaceId ? [view] : [],
      ),
    delete: (gateway) => void entries.delete(gateway),
    clear(node) {
      for (const { serial } of of(node)) entries.delete(serial)
    },
  }
}
