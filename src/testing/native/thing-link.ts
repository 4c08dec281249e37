import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import type { LinkName } from '../events.ts'
import type { Knobs } from '../knobs.ts'
import type { NativeContext } from './context.ts'
import { createAlarm } from './retry.ts'
import { statusTopic, topologyData } from './topology.ts'

export interface ThingLink {
  state(): LinkName
  /** Connects. After a loss it connects again by itself, with the same credentials, until `disconnect`. */
  connect(target: { readonly host: string; readonly username: string; readonly password: string }): void
  /** Closes the connection with a DISCONNECT packet. */
  disconnect(): void
  /** Closes the connection without a DISCONNECT packet. `silent`: the socket stays open, but carries no more data. */
  cut(silent: boolean): void
  restore(): void
  publish(topic: string, payload: object, qos: 0 | 1): void
  subscribe(filters: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface ThingEvents {
  readonly connected: () => void
  /** Called when the connection was lost, or an attempt failed. */
  readonly down: () => void
  readonly connecting: () => void
  readonly message: (topic: string, payload: Buffer, qos: number) => void
}

/** Schemes that Pilot accepts. Without a scheme it does not connect (facts D1). */
const SCHEME = /^(tcp|mqtt|ssl|tls|mqtts|ws|wss):\/\//i

/** Why the connection fails where the controller is. Null: it does not. */
const REFUSALS: Readonly<Record<Knobs['mqttReach'], string | null>> = {
  open: null,
  'no-answer': 'the address does not answer (knob mqttReach)',
  'bad-certificate': 'the certificate was refused (knob mqttReach)',
}

/** MQTT as Pilot does it: each attempt uses a new client with the same client id and credentials (facts D1). */
export function createThingLink(context: NativeContext, events: ThingEvents): ThingLink {
  const { knobs, log, timers, network, gateway } = context
  const alarm = createAlarm(timers)
  let target: Parameters<ThingLink['connect']>[0] | null = null
  let client: MqttClient | null = null
  let current: LinkName = 'idle'
  /** Clients that are being closed; close() waits for their sockets. */
  const leaving = new Set<MqttClient>()

  const become = (state: LinkName, reason: string | null): void => {
    if (current === state && reason === null) return
    current = state
    log.emit('mqtt.state', { state, reason })
  }

  const options = (): IClientOptions => ({
    clientId: gateway.serial,
    username: target?.username ?? '',
    password: target?.password ?? '',
    protocolVersion: knobs.mqttVersion,
    keepalive: knobs.mqttKeepaliveSeconds,
    clean: knobs.mqttCleanStart,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    ...(knobs.mqttWill === 'status' ? { will: lastWill() } : {}),
  })

  const lastWill = (): NonNullable<IClientOptions['will']> => ({
    topic: statusTopic(gateway.serial, knobs),
    payload: Buffer.from(JSON.stringify({ method: 'update_topo', data: topologyData(gateway, null, knobs) })),
    qos: 1,
    retain: false,
  })

  const attempt = (): void => {
    if (target === null || !network.up) return
    become('connecting', null)
    events.connecting()
    if (!SCHEME.test(target.host)) return void become('disconnected', 'the address has no scheme')
    const fault = REFUSALS[knobs.mqttReach]
    if (fault !== null) {
      // After the page was told that Pilot connects, as on a controller.
      alarm.set(() => {
        become('disconnected', fault)
        events.down()
        alarm.set(attempt, knobs.mqttReconnectMs)
      }, 0)
      return
    }
    const mine = connect(target.host, options())
    client = mine
    leaving.add(mine)
    let reason: string | null = null
    mine.on('error', (error) => {
      reason = error.message || String(error)
    })
    mine.on('disconnect', (packet) => {
      reason = `disconnected by the broker (${packet.reasonCode})`
    })
    mine.on('connect', () => {
      if (client !== mine) return
      become('connected', null)
      events.connected()
    })
    mine.on(
      'message',
      (topic, payload, packet) => client === mine && events.message(topic, payload, packet.qos),
    )
    mine.on('close', () => {
      leaving.delete(mine)
      if (client !== mine) return
      client = null
      become('disconnected', reason ?? 'the connection was closed')
      events.down()
      alarm.set(attempt, knobs.mqttReconnectMs)
    })
  }

  const drop = (how: (old: MqttClient) => void, reason: string): void => {
    alarm.clear()
    const old = client
    client = null
    if (old) how(old)
    if (current === 'idle' || current === 'disconnected') return
    become('disconnected', reason)
    events.down()
  }

  return {
    state: () => current,
    connect(next) {
      drop((old) => old.end(), 'new credentials')
      target = next
      attempt()
    },
    disconnect() {
      target = null
      drop((old) => old.end(), 'left')
      current = 'idle'
    },
    cut(silent) {
      drop((old) => {
        old.stream.removeAllListeners('data')
        if (silent) old.stream.cork()
        else old.stream.destroy()
      }, 'the network is gone')
    },
    restore: () => {
      for (const old of leaving) if (old !== client) old.stream.destroy()
      if (current !== 'connected') alarm.set(attempt, 0)
    },
    publish(topic, payload, qos) {
      if (client === null || current !== 'connected') return
      log.emit('mqtt.out', { topic, payload, qos })
      client.publish(topic, JSON.stringify(payload), { qos }, (error) => {
        if (error && client !== null) log.emit('fault', { where: `publish ${topic}`, message: error.message })
      })
    },
    subscribe: (filters) =>
      new Promise((resolve) => {
        const mine = client
        if (mine === null) return resolve()
        mine.subscribe([...filters], { qos: 1 }, (error, granted) => {
          for (const one of granted ?? [])
            if (one.qos >= 128)
              log.emit('fault', { where: `subscribe ${one.topic}`, message: `refused (${one.qos})` })
          if (error && !granted?.some((one) => one.qos >= 128))
            log.emit('fault', { where: 'subscribe', message: error.message })
          resolve()
        })
      }),
    async close() {
      target = null
      drop(() => {}, 'closed')
      await Promise.all([...leaving].map((old) => old.endAsync(true).catch(() => {})))
    },
  }
}
