import type { Knobs } from '../knobs.ts'
import type { Device } from '../types.ts'
import { type NativeContext, newId, type Publish, timestampOf } from './context.ts'
import { createAlarm } from './retry.ts'

export const statusTopic = (serial: string, knobs: Pick<Knobs, 'topoTopic'>): string =>
  `${knobs.topoTopic}/product/${serial}/status`

/** `data` of update_topo in the variant of the knobs (facts D3). */
export function topologyData(gateway: Device, aircraft: Device | null, knobs: Knobs): object {
  const number = (value: number): number | string => (knobs.topoTypes === 'string' ? String(value) : value)
  const domain = (value: number): object => {
    if (knobs.topoDomain === 'absent') return {}
    return { domain: knobs.topoDomain === 'string' ? String(value) : value }
  }
  const triple = (device: Device): object => ({
    ...domain(device.domain),
    type: number(device.type),
    sub_type: number(device.subType),
    thing_version: knobs.thingVersion,
    // Real controllers send both. These are obviously fake. Tests use them to check that the platform does not store or
    // log them.
    device_secret: 'fake-device-secret',
    nonce: 'fake-device-nonce',
  })
  const index = knobs.topoDomain === 'absent' ? {} : { index: 'A' }
  const children = aircraft ? [{ sn: aircraft.serial, ...triple(aircraft), ...index }] : []
  if (children.length === 0 && knobs.topoOffline === 'absent') return triple(gateway)
  return { ...triple(gateway), sub_devices: children }
}

export interface Topology {
  /** Sends the current topology, and repeats it until it is answered. */
  announce(): void
  /** Handles a status_reply. */
  answered(payload: Record<string, unknown>): void
  isAnswered(): boolean
  /** Call it when the connection is lost: the topology no longer counts as answered. */
  stop(): void
}

export function createTopology(context: NativeContext, publish: Publish, onAnswered: () => void): Topology {
  const { gateway, knobs, log, state, timers } = context
  const alarm = createAlarm(timers)
  let waitingFor: { readonly tid: string; readonly bid: string } | null = null
  let answered = false

  const serial = (): string | null => state.aircraft?.serial ?? null

  const send = (): void => {
    const ids = { tid: newId(), bid: newId() }
    waitingFor = ids
    const data = topologyData(gateway, state.aircraft, knobs)
    publish(
      statusTopic(gateway.serial, knobs),
      { ...ids, timestamp: timestampOf(context), gateway: gateway.serial, method: 'update_topo', data },
      1,
    )
    log.emit('topology', { state: 'sent', aircraft: serial(), result: null })
    alarm.set(() => {
      log.emit('topology', { state: 'unanswered', aircraft: serial(), result: null })
      send()
    }, knobs.topoRetryMs)
  }

  return {
    announce() {
      answered = false
      send()
    },
    answered(payload) {
      // Some platforms answer without `method` (facts D3), so the reply is recognized by its ids.
      if (waitingFor === null || payload.tid !== waitingFor.tid || payload.bid !== waitingFor.bid) return
      waitingFor = null
      alarm.clear()
      answered = true
      const result = (payload.data as { result?: unknown } | null | undefined)?.result
      log.emit('topology', {
        state: 'answered',
        aircraft: serial(),
        result: typeof result === 'number' ? result : null,
      })
      onAnswered()
    },
    isAnswered: () => answered,
    stop() {
      alarm.clear()
      waitingFor = null
      answered = false
    },
  }
}
