import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { loadDependency } from '../../../core/packages.ts'
import type { Qos } from '../../../core/ports/broker.ts'

/*
 * The part of aedes that is used, written for 2.0.0-beta.1 and 1.2.x alike: the published types of the one do not
 * know the other, nor the few inner fields without which its traps cannot be cured (facts brokers, "aedes traps").
 */

export interface AedesPacket {
  topic: string
  payload: Uint8Array | string
  retain: boolean
  readonly qos: Qos
}

export interface AedesWill extends AedesPacket {}

export interface AedesClient {
  /** Settled when CONNECT arrives, looked at from authentication on: between the two it may be replaced. */
  id: string
  /** 3 (3.1), 4 (3.1.1) or 5. */
  readonly version: number
  readonly connected: boolean
  readonly closed: boolean
  will: AedesWill | null
  close(done?: () => void): void
  /** From 2.0: tells an MQTT 5 client why. */
  disconnect?(options: { reasonCode: number }, done?: () => void): void
  emit(event: 'error', error: Error): boolean
  readonly _paused?: boolean
  /** Packets that it works on. It reads on when there is none. */
  _parsingBatch: number
  _nextBatch(): void
  readonly _parser: {
    parse(bytes: Uint8Array): number
    /** The one that is being read; `length` is that of its body. */
    readonly packet?: { readonly length?: number } | null
    /** What of it has arrived. */
    readonly _list?: { readonly length: number }
    listeners(event: 'packet'): readonly unknown[]
    removeAllListeners(event: 'packet'): void
    on(event: 'packet', listener: (packet: AedesParsed) => void): void
  }
}

/** Any packet fresh from the parser. */
export interface AedesParsed {
  readonly cmd: string
  readonly qos?: number
  readonly messageId?: number
  readonly subscriptions?: readonly { readonly topic: string }[]
  readonly unsubscriptions?: readonly string[]
  /** mqtt-packet sets null on packets that have none. */
  readonly topic?: string | null
  /** Bytes after the fixed header. */
  readonly length?: number
  readonly properties?: AedesProperties | undefined
  readonly will?: { readonly properties?: AedesProperties | undefined } | undefined
}

export interface AedesProperties {
  readonly userProperties?: Readonly<Record<string, string | readonly string[]>>
}

export interface AedesConnect {
  readonly clientId: string
  readonly will?: AedesWill
}

export interface AedesSubscription {
  readonly topic: string
}

export interface AedesHooks {
  preConnect(
    client: AedesClient,
    packet: AedesConnect,
    done: (error: Error | null, go: boolean) => void,
  ): void
  authenticate(
    client: AedesClient,
    username: string | undefined,
    password: Uint8Array | undefined,
    done: (error: (Error & { returnCode?: number }) | null, success: boolean | null) => void,
  ): void
  authorizePublish(
    client: AedesClient | null,
    packet: AedesPacket,
    done: (error?: Error | null) => void,
  ): void
  authorizeSubscribe(
    client: AedesClient,
    subscription: AedesSubscription,
    done: (error: Error | null, subscription?: AedesSubscription | null) => void,
  ): void
  authorizeForward(client: AedesClient, packet: AedesPacket): AedesPacket | null
  published(packet: AedesPacket, client: AedesClient | null, done: (error?: Error | null) => void): void
}

export interface AedesBroker {
  readonly id: string
  handle(conn: Duplex, request?: IncomingMessage): AedesClient
  publish(
    packet: AedesPacket & { readonly cmd: 'publish'; readonly dup: boolean },
    done: (error?: Error | null) => void,
  ): void
  close(done: () => void): void
  on(event: 'error', listener: (error: Error) => void): this
  on(event: 'clientError' | 'connectionError', listener: (client: AedesClient, error: Error) => void): this
  on(event: 'subscribe', listener: (subscriptions: readonly unknown[], client: AedesClient) => void): this
  readonly persistence: {
    addSubscriptions(client: AedesClient, subscriptions: readonly object[]): Promise<unknown>
    removeSubscriptions(client: AedesClient, topics: readonly string[]): Promise<unknown>
    delWill(owner: { readonly id: string; readonly brokerId: string }): Promise<unknown>
  }
}

export interface AedesOptions extends AedesHooks {
  readonly concurrency: number
  readonly connectTimeout: number
  readonly drainTimeout: number
  readonly maxClientsIdLength: number
  /** Enforced from 2.0 on. */
  readonly maximumPacketSize: number
  readonly maxTopicLevels: number
  readonly topicAliasMaximum: number
  readonly sessionExpiryIntervalLimit: number
  readonly pendingSessionsLimit: number
  /** Of several nodes; in memory without them. */
  readonly mq?: unknown
  readonly persistence?: unknown
}

/** Loaded when the broker starts, so that an app with another broker never pays for it. */
export async function createAedes(options: AedesOptions): Promise<AedesBroker> {
  const { Aedes } = await loadDependency(() => import('aedes'), 'aedes')
  // The published types say less than what is there: see above.
  const create = Aedes.createBroker as unknown as (options: AedesOptions) => Promise<AedesBroker>
  return create.call(Aedes, options)
}
