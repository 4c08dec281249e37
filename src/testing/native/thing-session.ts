import { callbackArgument } from './callbacks.ts'
import { type NativeContext, newId, timestampOf } from './context.ts'
import { gatewayState } from './flight.ts'
import { answerProperties, answerService } from './services.ts'
import { paramOf } from './state.ts'
import { createTelemetry } from './telemetry.ts'
import { createThingLink, type ThingLink } from './thing-link.ts'
import { createTopology, type Topology } from './topology.ts'

export interface ThingSession {
  readonly link: ThingLink
  readonly topology: Topology
  /**
   * Sends `requests` or `events` from the controller. @returns the `tid` that the reply will have; null: not connected
   */
  say(name: 'requests' | 'events', method: string, data: unknown): string | null
  /** Sends the reports of controller and aircraft now. */
  report(): void
  /** Call it after the linked aircraft changed. */
  aircraftChanged(): void
}

const parse = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return `${bytes.length} bytes that are not JSON`
  }
}

/** What a controller sends and answers on MQTT, in this order: config, state, topology, OSD (facts D2, D3). */
export function createThingSession(context: NativeContext): ThingSession {
  const { gateway, knobs, log, state } = context
  const product = `thing/product/${gateway.serial}`
  /** After it connects, the controller waits for this reply before it continues. */
  let blockedBy: 'config' | 'state' | null = null
  /** True once the topology was sent on this connection. From then on, a change of aircraft is sent too. */
  let announced = false
  let told: boolean | null = null

  const tell = (connected: boolean): void => {
    if (!connected && knobs.callbackSequence === 'true-only' && told !== true) return
    told = connected
    const name = paramOf(state.components.get('thing'), 'connectCallback')
    if (name !== '') context.callPage(name, callbackArgument(connected, knobs))
  }

  const send = (name: string, method: string | null, data: unknown, more: object = {}): string => {
    const tid = newId()
    const envelope = {
      tid,
      bid: newId(),
      timestamp: timestampOf(context),
      gateway: gateway.serial,
      ...more,
      data,
    }
    link.publish(`${product}/${name}`, method === null ? envelope : { ...envelope, method }, 1)
    return tid
  }

  const begin = async (): Promise<void> => {
    if (knobs.configRequest !== 'blocking') tell(true)
    const sys = `sys/product/${gateway.serial}`
    const own = [
      'status_reply',
      'services',
      'events_reply',
      'requests_reply',
      'state_reply',
      'property/set',
      'drc/down',
    ]
    await link.subscribe([`${sys}/status_reply`, ...own.map((name) => `${product}/${name}`)])
    if (link.state() !== 'connected') return
    if (knobs.configRequest !== 'off')
      send('requests', 'config', { config_type: 'json', config_scope: 'product' })
    if (knobs.configRequest === 'blocking') blockedBy = 'config'
    else afterConfig()
  }

  const afterConfig = (): void => {
    send('state', null, gatewayState())
    if (knobs.stateReply === 'expected') blockedBy = 'state'
    else announce()
  }

  const announce = (): void => {
    blockedBy = null
    announced = true
    topology.announce()
    if (!knobs.osdGate) telemetry.start()
  }

  const message = (topic: string, bytes: Buffer, qos: number): void => {
    if (knobs.statusReply === 'lost' && topic.endsWith('/status_reply')) return
    const payload = parse(bytes)
    log.emit('mqtt.in', { topic, payload, qos })
    if (payload === null || typeof payload !== 'object') return
    const body = payload as Record<string, unknown>
    const name = topic.replace(/^(sys|thing)\/product\/[^/]+\//, '')
    if (name === 'status_reply') topology.answered(body)
    if (name === 'services') {
      const answer = answerService(body, context)
      if (answer !== null) link.publish(`${product}/services_reply`, answer, 1)
    }
    if (name === 'property/set')
      link.publish(`${product}/property/set_reply`, answerProperties(body, context), 1)
    if (name === 'state_reply' && blockedBy === 'state') announce()
    if (name === 'requests_reply' && blockedBy === 'config' && body.method === 'config') {
      tell(true)
      afterConfig()
    }
  }

  const link = createThingLink(context, {
    connecting: () => tell(false),
    connected: () => void begin(),
    down() {
      blockedBy = null
      announced = false
      topology.stop()
      telemetry.stop()
      tell(false)
    },
    message,
  })
  const topology = createTopology(context, link.publish, () => telemetry.start())
  const telemetry = createTelemetry(context, link.publish, () => !knobs.osdGate || topology.isAnswered())

  return {
    link,
    topology,
    say(name, method, data) {
      if (link.state() !== 'connected') return null
      return send(name, method, data, name === 'events' ? { need_reply: 1 } : {})
    },
    report: () => telemetry.report(),
    aircraftChanged() {
      if (announced) announce()
    },
  }
}
