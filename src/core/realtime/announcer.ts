import type { Callsigns } from '../access/callsigns.ts'
import type { AircraftView, GatewayView } from '../devices/records.ts'
import type { CloudEmitter } from '../events.ts'
import { type Schedule, scheduleTimeout } from '../ports/clock.ts'
import type { DeviceRecord } from '../ports/devices.ts'
import type { Logger } from '../ports/logger.ts'
import { createLanes } from '../promises.ts'
import type { Coalescer } from './coalesce.ts'
import type { Hub, Push } from './hub.ts'
import { type TopologyDevice, topologyDevice } from './topology.ts'

/** The events that are pushed to the sockets of a workspace. */
const TOPOLOGY_EVENTS = [
  'gateway.online',
  'gateway.offline',
  'gateway.updated',
  'aircraft.online',
  'aircraft.offline',
  'aircraft.moved',
] as const

/** The fields of such an event that a push needs. */
export interface TopologyNews {
  readonly name: (typeof TOPOLOGY_EVENTS)[number]
  readonly workspaceId: string
  readonly gateway: string
  readonly aircraft?: string
  /** For `aircraft.moved`: the gateway that had the aircraft before. */
  readonly from?: string
}

/**
 * The longest time that a push waits for the stores. After that it is sent without nickname and binding. Milliseconds.
 */
const PATIENCE_MS = 1_000

export interface AnnouncerParts {
  readonly hub: Pick<Hub, 'push' | 'watchers'>
  readonly telemetry: Pick<Coalescer, 'drop' | 'hold' | 'release'>
  /** The current view of a gateway, on any node. */
  readonly view: (gateway: string) => GatewayView | null
  readonly record: (serial: string) => Promise<DeviceRecord | null>
  readonly callsigns: Callsigns
  readonly logger: Logger
  readonly schedule?: Schedule
}

type Facts = readonly [record: DeviceRecord | null, callsign: string]
const NOTHING: Facts = [null, '']
const UNSEEN = { sessionId: '', userId: '', model: null, aircraft: [] as readonly AircraftView[] }

/**
 * Reports to the sockets of a workspace which devices came online and went offline, in the order of the events. On each
 * of these pushes Pilot fetches the topologies again (facts E). Front ends of the demo read the device from
 * `device_online`, so it is complete there.
 */
export function createAnnouncer(parts: AnnouncerParts): (news: TopologyNews) => void {
  const { hub, telemetry, logger, schedule = scheduleTimeout } = parts
  /** For each workspace: the pushes that wait for the stores. */
  const pushes = createLanes()

  async function read(serial: string, sessionId: string): Promise<Facts> {
    const [record, names] = await Promise.all([parts.record(serial), parts.callsigns([sessionId])])
    return [record, names.get(sessionId) ?? '']
  }

  function lookUp(serial: string, sessionId: string): Promise<Facts> {
    const found = read(serial, sessionId)
    return new Promise((resolve) => {
      const without = (reason: unknown): void => {
        logger.warn(
          { err: reason, serial },
          'A device_online was pushed without nickname and binding, because a store did not answer. Check the stores.',
        )
        resolve(NOTHING)
      }
      const cancel = schedule(() => without(new Error('The stores did not answer in time.')), PATIENCE_MS)
      found.then(resolve, without).finally(cancel)
    })
  }

  /**
   * The device at the time of the call. If it goes offline before the stores have answered, that is pushed afterwards.
   */
  async function deviceOf({ gateway, aircraft }: TopologyNews): Promise<TopologyDevice> {
    const view = parts.view(gateway) ?? { ...UNSEEN, serial: gateway }
    const flown = view.aircraft.find((one) => one.serial === aircraft)
    const [record, callsign] = await lookUp(aircraft ?? gateway, view.sessionId)
    const one = aircraft === undefined ? null : { model: null, ...flown, serial: aircraft, online: true }
    return topologyDevice({ ...view, online: true }, one, { record: () => record, callsign })
  }

  /** Pushes after all earlier pushes of this workspace that still wait for the stores. */
  function inTurn<Ready>(workspaceId: string, ready: Promise<Ready>, tell: (ready: Ready) => void): void {
    const told = pushes.run(workspaceId, () => ready.then(tell))
    // A `ready` that fails before its turn must not be an unhandled rejection.
    Promise.all([ready, told]).catch((error: unknown) =>
      logger.error(
        { err: error, workspaceId },
        'A change of the topology was not pushed. Pages show an old state until they are loaded again.',
      ),
    )
  }

  return (news) => {
    const { name, workspaceId, gateway, aircraft, from } = news
    const serial = aircraft ?? gateway
    // This comes before the push, because no telemetry of this device may come after `device_offline`.
    if (name.endsWith('.offline')) telemetry.drop(workspaceId, serial)
    if (hub.watchers(workspaceId) === null) return
    const push = (biz_code: Push['biz_code'], data: Push['data']): void =>
      hub.push(workspaceId, { biz_code, data })
    const changed = (): void => {
      if (name === 'gateway.updated' || aircraft !== undefined) push('device_update_topo', { sn: gateway })
      if (from !== undefined) push('device_update_topo', { sn: from })
    }
    if (name.endsWith('.online')) {
      // The telemetry of the device has to come after `device_online`.
      telemetry.hold(serial)
      inTurn(workspaceId, deviceOf(news), (device) => {
        telemetry.release(serial)
        push('device_online', { ...device })
        changed()
      })
      return
    }
    const tell = (): void => {
      if (name.endsWith('.offline')) push('device_offline', gone(news))
      changed()
    }
    if (pushes.pending(workspaceId) !== undefined) inTurn(workspaceId, Promise.resolve(), tell)
    else tell()
  }
}

const gone = ({ gateway, aircraft }: TopologyNews): Push['data'] =>
  aircraft === undefined
    ? { sn: gateway, online_status: false }
    : { sn: aircraft, gateway_sn: gateway, online_status: false }

/** Calls the listener with each of these events. @returns a function that stops it */
export function onTopologyNews(on: CloudEmitter['on'], listener: (news: TopologyNews) => void): () => void {
  const stops = TOPOLOGY_EVENTS.map((name) =>
    on(name, (event) => {
      const { workspaceId, gateway } = event
      const aircraft = 'aircraft' in event ? { aircraft: event.aircraft } : {}
      const from = 'from' in event ? { from: event.from } : {}
      listener({ name, workspaceId, gateway, ...aircraft, ...from })
    }),
  )
  return () => {
    for (const stop of stops) stop()
  }
}
