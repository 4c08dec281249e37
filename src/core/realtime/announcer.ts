import type { Callsigns } from '../access/callsigns.ts'
import type { AircraftView, GatewayView } from '../devices/records.ts'
import type { DeviceRecord } from '../ports/devices.ts'
import type { Logger } from '../ports/logger.ts'
import { type Coalescer, scheduleTimeout } from './coalesce.ts'
import type { Hub, Push } from './hub.ts'
import { type TopologyDevice, type TopologyNews, topologyDevice } from './topology.ts'

/** A store that does not answer holds nobody up for longer: then the push has no nickname. Milliseconds. */
const PATIENCE_MS = 1_000

export interface AnnouncerParts {
  readonly hub: Pick<Hub, 'push' | 'watchers'>
  readonly telemetry: Pick<Coalescer, 'drop' | 'hold' | 'release'>
  /** As it is now, on whichever node. */
  readonly view: (gateway: string) => GatewayView | null
  readonly record: (serial: string) => Promise<DeviceRecord | null>
  readonly callsigns: Callsigns
  readonly logger: Logger
  /** Returns how to cancel. */
  readonly schedule?: (run: () => void, ms: number) => () => void
}

type Facts = readonly [record: DeviceRecord | null, callsign: string]
const NOTHING: Facts = [null, '']
const UNSEEN = { sessionId: '', userId: '', model: null, aircraft: [] as readonly AircraftView[] }

/**
 * Tells a workspace's sockets who came and went, in the order in which it happened. Pilot fetches the topologies again on
 * each of these (facts E); front ends of the demo read the device in `device_online`, so that carries the whole of it.
 */
export function createAnnouncer(parts: AnnouncerParts): (news: TopologyNews) => void {
  const { hub, telemetry, logger, schedule = scheduleTimeout } = parts
  /** Of each workspace: what is still being looked up. */
  const queues = new Map<string, Promise<void>>()

  async function read(serial: string, sessionId: string): Promise<Facts> {
    const [record, names] = await Promise.all([parts.record(serial), parts.callsigns([sessionId])])
    return [record, names.get(sessionId) ?? '']
  }

  function lookUp(serial: string, sessionId: string): Promise<Facts> {
    const found = read(serial, sessionId)
    return new Promise((resolve) => {
      const without = (reason: unknown): void => {
        logger.warn({ err: reason, serial }, 'a device is told as online without its nickname and binding')
        resolve(NOTHING)
      }
      const cancel = schedule(() => without(new Error('the stores did not answer in time')), PATIENCE_MS)
      found.then(resolve, without).finally(cancel)
    })
  }

  /** As it is at the call: when the stores have answered it may be gone, which is told after this. */
  async function deviceOf({ gateway, aircraft }: TopologyNews): Promise<TopologyDevice> {
    const view = parts.view(gateway) ?? { ...UNSEEN, serial: gateway }
    const flown = view.aircraft.find((one) => one.serial === aircraft)
    const [record, callsign] = await lookUp(aircraft ?? gateway, view.sessionId)
    const one = aircraft === undefined ? null : { model: null, ...flown, serial: aircraft, online: true }
    return topologyDevice({ ...view, online: true }, one, { record: () => record, callsign })
  }

  /** After what is still being looked up for this workspace. */
  function inTurn<Ready>(workspaceId: string, ready: Promise<Ready>, tell: (ready: Ready) => void): void {
    const work = Promise.all([ready, queues.get(workspaceId)])
      .then(([value]) => tell(value))
      // What comes after it is told all the same.
      .catch((error: unknown) =>
        logger.error({ err: error, workspaceId }, 'a change of the topology was not pushed'),
      )
      .finally(() => {
        if (queues.get(workspaceId) === work) queues.delete(workspaceId)
      })
    queues.set(workspaceId, work)
  }

  return (news) => {
    const { name, workspaceId, gateway, aircraft, from } = news
    const serial = aircraft ?? gateway
    // Before the push: after `device_offline` nothing is told of it.
    if (name.endsWith('.offline')) telemetry.drop(workspaceId, serial)
    if (hub.watchers(workspaceId) === null) return
    const push = (biz_code: Push['biz_code'], data: Push['data']): void =>
      hub.push(workspaceId, { biz_code, data })
    const changed = (): void => {
      if (name === 'gateway.updated' || aircraft !== undefined) push('device_update_topo', { sn: gateway })
      if (from !== undefined) push('device_update_topo', { sn: from })
    }
    if (name.endsWith('.online')) {
      // Its reports come after it.
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
    if (queues.has(workspaceId)) inTurn(workspaceId, Promise.resolve(), tell)
    else tell()
  }
}

const gone = ({ gateway, aircraft }: TopologyNews): Push['data'] =>
  aircraft === undefined
    ? { sn: gateway, online_status: false }
    : { sn: aircraft, gateway_sn: gateway, online_status: false }
