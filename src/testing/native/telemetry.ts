import { type NativeContext, newId, type Publish, timestampOf } from './context.ts'
import { aircraftOsd, gatewayOsd } from './flight.ts'
import { createAlarm } from './retry.ts'

const PROBE_MS = 3_000

export interface Telemetry {
  start(): void
  /** Reports now, and not only after the interval. */
  report(): void
  stop(): void
}

/** OSD of the controller and of its aircraft, while the connection is up and the gate is open (facts D3, D5). */
export function createTelemetry(
  context: NativeContext,
  publish: Publish,
  gateOpen: () => boolean,
): Telemetry {
  const { gateway, knobs, state, timers, home } = context
  const osdAlarm = createAlarm(timers)
  const probeAlarm = createAlarm(timers)
  const ticks = new Map<string, number>()
  let running = false

  const report = (serial: string, body: (tick: number) => Record<string, unknown>): void => {
    const tick = ticks.get(serial) ?? 0
    ticks.set(serial, tick + 1)
    const timestamp = timestampOf(context)
    const data = body(tick)
    context.onReport?.({ serial, at: timestamp, data })
    const envelope = { tid: newId(), bid: newId(), timestamp, gateway: gateway.serial, data }
    publish(`thing/product/${serial}/osd`, envelope, 0)
  }

  const osd = (): void => {
    osdAlarm.set(osd, knobs.osdIntervalMs)
    if (!gateOpen() || state.telemetryHeld) return
    const { aircraft, flight, readings } = state
    report(gateway.serial, (tick) => ({ ...gatewayOsd(tick, home), ...readings.gateway }))
    if (aircraft)
      report(aircraft.serial, (tick) => ({
        ...aircraftOsd(tick, home),
        ...flight?.(timers.now()),
        ...readings.aircraft,
      }))
  }

  const probe = (): void => {
    probeAlarm.set(probe, PROBE_MS)
    for (const device of [gateway, state.aircraft]) {
      if (device)
        publish(`sys/product/${device.serial}/network/probe`, { timestamp: timestampOf(context) }, 0)
    }
  }

  return {
    start() {
      // If the gate is open after a change of aircraft, report at once and not only after the interval.
      osd()
      if (!running && knobs.networkProbe) probe()
      running = true
    },
    report() {
      if (running) osd()
    },
    stop() {
      running = false
      ticks.clear()
      osdAlarm.clear()
      probeAlarm.clear()
    },
  }
}
