import { randomBytes } from 'node:crypto'
import type { IClientOptions, MqttClient } from 'mqtt'
import { DjiCloudError } from '../../../core/errors.ts'
import { loadDependency } from '../../../core/packages.ts'
import type { BrokerHealth, OutboundMessage, Qos } from '../../../core/ports/broker.ts'
import { silentLogger } from '../../../core/ports/logger.ts'
import type { ExternalBrokerOptions } from './options.ts'

export interface LinkParts extends ExternalBrokerOptions {
  /** Filters to subscribe to. Called for each connection. */
  readonly subscriptions: () => readonly string[]
  /** Messages are published with this quality of service at most. */
  readonly maxQos: Qos
  /** Called when connected and subscribed. If it rejects, the connection is closed and tried again. */
  readonly ready: () => Promise<void>
  /** Called when a connection has ended, even if it was never usable. */
  readonly lost: () => void
  readonly message: (topic: string, payload: Uint8Array, retained: boolean) => void
}

/** This server's own connection to an external broker. */
export interface ServiceLink {
  /** Rejects with BROKER_UNAVAILABLE after `startTimeoutMs`, and keeps trying until `stop`. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Rejects with BROKER_UNAVAILABLE at once while the connection is down. Nothing is queued. */
  publish(message: Omit<OutboundMessage, 'qos'> & { readonly qos: Qos }): Promise<void>
  health(): BrokerHealth
}

const unavailable = (cause?: unknown): DjiCloudError => new DjiCloudError('BROKER_UNAVAILABLE', { cause })

interface Pending {
  readonly message: { readonly topic: string; readonly payload: string; readonly qos: Qos }
  readonly settle: (error?: unknown) => void
}

export function createLink(parts: LinkParts): ServiceLink {
  const logger = parts.logger ?? silentLogger
  const timeout = parts.timeoutMs ?? 10_000
  /** Messages that were sent and not acknowledged. They are sent again on the next connection, until their time limit. */
  const pending = new Set<Pending>()
  let library: typeof import('mqtt') | null = null
  let client: MqttClient | null = null
  let status: BrokerHealth['status'] = 'stopped'
  let trouble = ''
  let attempt = 0
  let retry: NodeJS.Timeout | undefined
  let settleStart: ((error: DjiCloudError | null) => void) | null = null

  const options = (): IClientOptions => ({
    username: parts.username,
    password: parts.password,
    clientId: `dji-cloud-${randomBytes(6).toString('hex')}`,
    clean: true,
    protocolVersion: parts.protocolVersion ?? 4,
    keepalive: parts.keepaliveSeconds ?? 15,
    connectTimeout: timeout,
    // mqtt.js reconnects at fixed intervals. `down` does it with a random delay, so that not all clients come at once.
    reconnectPeriod: 0,
    resubscribe: false,
    ...(parts.ca === undefined ? {} : { ca: parts.ca }),
  })

  /** Makes a new client each time, without any state of the last connection. */
  function connect(): void {
    if (library === null) return
    const mine = library.connect(
      parts.url.replace(/^(ssl|tls):/, 'mqtts:').replace(/^tcp:/, 'mqtt:'),
      options(),
    )
    client = mine
    let over = false
    mine.on('connect', () => void becomeReady(mine))
    mine.on('error', (error) => {
      trouble = error.message || String(error)
    })
    mine.on('message', (topic, payload, packet) => parts.message(topic, payload, packet.retain))
    mine.on('close', () => {
      if (over) return
      over = true
      mine.end(true)
      if (client === mine) down()
    })
  }

  function down(): void {
    client = null
    if (status === 'stopped') return
    if (status === 'up') {
      logger.warn(
        { reason: trouble },
        'The connection to the MQTT broker was lost. The platform connects again.',
      )
      status = 'down'
    }
    parts.lost()
    clearTimeout(retry)
    retry = setTimeout(connect, backoff(attempt, Math.random()))
    attempt += 1
  }

  async function becomeReady(mine: MqttClient): Promise<void> {
    try {
      const grants = await mine.subscribeAsync([...parts.subscriptions()], { qos: 1 })
      const refused = grants.find(({ qos }) => qos > 2)
      if (refused !== undefined)
        throw new Error(
          `The broker refuses the subscription to ${refused.topic}. Give the account of this server the right to it.`,
        )
      await parts.ready()
      if (status === 'stopped' || client !== mine) return
      attempt = 0
      trouble = ''
      if (status === 'down') logger.info({}, 'The connection to the MQTT broker is back.')
      status = 'up'
      for (const entry of pending) transmit(mine, entry)
      settleStart?.(null)
    } catch (error) {
      if (status === 'stopped' || client !== mine) return
      trouble = error instanceof Error ? error.message : 'not ready'
      logger.warn(
        { err: error },
        'The MQTT broker answers, but cannot be used yet. The platform tries again. See the error.',
      )
      // The event `close` follows and starts the next attempt.
      mine.end(true)
    }
  }

  function transmit(mine: MqttClient, { message, settle }: Pending): void {
    const qos = message.qos > parts.maxQos ? parts.maxQos : message.qos
    mine.publish(message.topic, message.payload, { qos, retain: false }, (error) => {
      // When the connection has ended, the message is sent again on the next one.
      if (client === mine && mine.connected) settle(error ?? undefined)
    })
  }

  return {
    async start() {
      if (status !== 'stopped') return
      status = 'starting'
      const first = new Promise<DjiCloudError | null>((resolve) => {
        const late = setTimeout(() => {
          if (status === 'starting') status = 'down'
          resolve(unavailable(new Error(trouble || 'no answer')))
        }, parts.startTimeoutMs ?? 5_000)
        settleStart = (error) => {
          clearTimeout(late)
          settleStart = null
          resolve(error)
        }
      })
      // Loaded only here, so that an app with the embedded broker does not load it.
      library ??= await loadDependency(() => import('mqtt'), 'mqtt')
      connect()
      const failed = await first
      if (failed !== null) throw failed
    },

    async stop() {
      status = 'stopped'
      clearTimeout(retry)
      settleStart?.(unavailable(new Error('stopped')))
      for (const { settle } of pending) settle(new Error('stopped'))
      const was = client
      client = null
      // If the client is not connected, it is closed by force. Otherwise mqtt.js waits for a broker that does not
      // answer.
      await was?.endAsync(!was.connected).catch(() => undefined)
    },

    publish(message) {
      const mine = client
      if (mine === null || !mine.connected) return Promise.reject(unavailable())
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => entry.settle(new Error('no acknowledgement')), timeout)
        const entry: Pending = {
          message,
          settle(error) {
            clearTimeout(late)
            if (!pending.delete(entry)) return
            if (error === undefined) resolve()
            else reject(unavailable(error))
          },
        }
        pending.add(entry)
        transmit(mine, entry)
      })
    },

    health: () => ({
      status,
      detail:
        status === 'up' ? `connected to ${hostOf(parts.url)}` : `${hostOf(parts.url)}: ${trouble || status}`,
    }),
  }
}

/** Leaves out a login in the URL. */
const hostOf = (url: string): string => new URL(url).host

const FIRST_MS = 250
const LONGEST_MS = 15_000

/**
 * How long to wait before attempt number `attempt` (0: the first after a loss), ms. Half of it is random, so that the nodes
 * that lost a broker together do not all come back at the same moment.
 */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16))
  return Math.round(full / 2 + (full / 2) * random)
}
