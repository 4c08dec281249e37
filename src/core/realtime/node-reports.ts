import type { Registry } from '../devices/registry.ts'
import type { DeviceState, Heard, Telemetry } from '../devices/telemetry.ts'
import { merge, type Room, roomBeside } from '../devices/telemetry.ts'
import type { Mirror } from './mirror.ts'
import type { Quiet } from './quiet.ts'
import type { NodeMessage } from './wire.ts'

/** The largest delay that this adds to the reports of other nodes. */
const REPORTS_EVERY_MS = 100

/** Sends OSD and properties of this node to the others in batches, and takes over theirs. */
export interface NodeReports {
  /** Everything that is known about the gateways of this node. */
  states(): readonly Heard[]
  /** A device goes offline. Its last reports are sent first, because none may come after that. */
  flush(serial: string): void
  /** Takes over reports of another node. */
  adopt(heard: readonly Heard[]): void
  stop(): void
}

export function createNodeReports(parts: {
  readonly registry: Pick<Registry, 'get' | 'gatewayOf'>
  readonly mirror: Pick<Mirror, 'get' | 'holderOf' | 'heard'>
  readonly telemetry: Telemetry
  readonly quiet: Quiet
  readonly send: (message: NodeMessage) => void
  /** Whether another node runs. */
  readonly hasPeers: () => boolean
}): NodeReports {
  const { registry, mirror, telemetry, quiet, send, hasPeers } = parts
  let outgoing = new Map<string, { readonly report: Heard; readonly room: Room }>()

  const stopListening = telemetry.listen(({ workspaceId, gateway, serial, at }, data) => {
    if (quiet.on()) return
    const before = outgoing.get(serial)
    const room = before?.room ?? roomBeside(0)
    const report = { workspaceId, gateway, serial, at, data: merge(before?.report.data ?? {}, data, room) }
    outgoing.set(serial, { report, room })
  })
  const timer = setInterval(() => {
    if (outgoing.size === 0) return
    // Without other nodes, nothing is sent.
    if (hasPeers()) {
      const reports = [...outgoing.values()].map(({ report }) => labelled(report, telemetry))
      send({ kind: 'osd', reports })
    }
    outgoing = new Map()
  }, REPORTS_EVERY_MS)
  timer.unref()

  const isOurs = ({ gateway }: { readonly gateway: string }): boolean =>
    registry.get(gateway)?.online === true

  /** Reports of a device that is not online, for example from a lost node, would show it as online again. */
  function isOnlineThere({ gateway, serial }: Heard): boolean {
    const view = mirror.get(gateway)?.view
    if (serial === gateway) return view?.online === true
    if (view?.linked.some((one) => one.serial === serial) !== true)
      return view?.aircraft.find((one) => one.serial === serial)?.online === true
    // The report comes from the controller that does not hold the aircraft.
    const holder = registry.gatewayOf(serial)
    if (holder === null) return mirror.holderOf(serial)?.online === true
    return registry.get(holder)?.aircraft.find((one) => one.serial === serial)?.online === true
  }

  return {
    states: () =>
      telemetry
        .list()
        .filter(isOurs)
        .map((state) => labelled(asHeard(state), telemetry)),
    flush(serial) {
      const last = outgoing.get(serial)
      if (last === undefined) return
      outgoing.delete(serial)
      if (hasPeers()) send({ kind: 'osd', reports: [labelled(last.report, telemetry)] })
    },
    adopt: (heard) =>
      quiet.quietly(() => {
        for (const report of heard) {
          mirror.heard(report.gateway, report.serial)
          if (isOurs(report)) continue
          if (isOnlineThere(report)) telemetry.osd(report)
          else telemetry.restore(report)
        }
      }),
    stop() {
      clearInterval(timer)
      stopListening()
    },
  }
}

const asHeard = ({ workspaceId, gateway, serial, at, osd }: DeviceState): Heard => ({
  ...{ workspaceId, gateway, serial, at },
  data: osd,
})

/** Adds the names of the fields that came by `state`. Browsers do not get those. */
function labelled(report: Heard, telemetry: Pick<Telemetry, 'propertiesIn'>): Heard {
  const properties = telemetry.propertiesIn(report.serial, report.data)
  return properties.length === 0 ? report : { ...report, properties }
}
