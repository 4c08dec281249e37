import mqtt, { type IClientOptions } from 'mqtt'
import type { Session } from '../../../core/ports/index.ts'

export interface ClientLogin {
  readonly gateway: string
  readonly session: Session
  readonly username: string
  readonly password: string
}

export interface HowToConnect {
  readonly version?: 3 | 4 | 5
  readonly clientId?: string
  readonly password?: string
  /** Keeps its subscriptions and messages at the broker. */
  readonly stored?: boolean
  readonly will?: { readonly topic: string; readonly payload: string; readonly retain?: boolean }
  readonly options?: IClientOptions
  readonly onNews?: () => void
}

/**
 * A controller's MQTT client. It shows only what is visible with every broker: the messages that the client got, and
 * whether it is connected.
 */
export interface Client {
  readonly heard: { readonly topic: string; readonly text: string }[]
  texts(): string[]
  connected(): boolean
  /** True when the broker grants it. A refusal, a closed connection and no answer are all false. */
  subscribe(filter: string, qos?: 0 | 1 | 2): Promise<boolean>
  /** Resolves when the broker has acknowledged it, refused it, or closed the connection. */
  publish(topic: string, text: string, how?: { qos?: 0 | 1 | 2; retain?: boolean }): Promise<void>
  readonly closed: Promise<void>
  /** Sends DISCONNECT. */
  end(): Promise<void>
  /** Closes the socket without DISCONNECT. */
  drop(): Promise<void>
  close(): Promise<void>
}

const PATIENCE_MS = 4_000

/** Rejects if the broker refuses the client, by any kind of refusal. */
export async function connectClient(url: string, login: ClientLogin, how: HowToConnect): Promise<Client> {
  const version = how.version ?? 4
  const stored = how.stored === true
  const options: IClientOptions = {
    clientId: how.clientId ?? login.gateway,
    username: login.username,
    password: how.password ?? login.password,
    reconnectPeriod: 0,
    connectTimeout: PATIENCE_MS,
    clean: !stored,
    ...(version === 3 ? { protocolVersion: 3, protocolId: 'MQIsdp' } : { protocolVersion: version }),
    ...(version === 5 && stored ? { properties: { sessionExpiryInterval: 120 } } : {}),
    ...(how.will === undefined
      ? {}
      : {
          will: {
            topic: how.will.topic,
            payload: Buffer.from(how.will.payload),
            qos: 1,
            retain: how.will.retain ?? false,
          },
        }),
    ...how.options,
  }
  const client = mqtt.connect(url.replace(/^tcp:/, 'mqtt:').replace(/^ssl:/, 'mqtts:'), options)
  const heard: { topic: string; text: string }[] = []
  let ready = false
  const closed = new Promise<void>((resolve) =>
    client.once('close', () => {
      ready = false
      resolve()
      how.onNews?.()
    }),
  )
  client.on('message', (topic, payload) => {
    heard.push({ topic, text: payload.toString() })
    how.onNews?.()
  })
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve())
    client.on('error', reject)
    client.once('close', () => reject(new Error('the connection was closed')))
  }).catch((error: unknown) => {
    client.end(true)
    throw error
  })
  ready = true
  const orClosed = <T>(promise: Promise<T>, otherwise: T): Promise<T> => {
    let late: NodeJS.Timeout | undefined
    const patience = new Promise<T>((resolve) => {
      late = setTimeout(resolve, PATIENCE_MS, otherwise)
    })
    return Promise.race([promise.catch(() => otherwise), closed.then(() => otherwise), patience]).finally(
      () => clearTimeout(late),
    )
  }
  return {
    heard,
    texts: () => heard.map(({ text }) => text),
    connected: () => ready,
    closed,
    subscribe: (filter, qos = 1) =>
      orClosed(
        client.subscribeAsync(filter, { qos }).then((grants) => grants.every((grant) => grant.qos <= 2)),
        false,
      ),
    publish: (topic, text, { qos = 1, retain = false } = {}) =>
      orClosed(
        client.publishAsync(topic, text, { qos, retain }).then(() => undefined),
        undefined,
      ),
    end: () => orClosed(client.endAsync(), undefined),
    async drop() {
      client.stream.destroy()
      await closed
    },
    async close() {
      await client.endAsync(true).catch(() => undefined)
    },
  }
}
