import type { IncomingMessage } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import { loadDependency } from '../../../core/packages.ts'
import type { Qos } from '../../../core/ports/broker.ts'

/*
 * Types of the part of aedes that is used, of both 2.0.0-beta.1 and 1.2.x. The published types of each version describe only that
 * version, and lack the inner fields that are needed to work around faults (facts brokers, "aedes traps").
 */

export interface AedesPacket {
  topic: string
  payload: Uint8Array | string
  retain: boolean
  readonly qos: Qos
}

/** A message to a client: a new one, one from a queue, or the PUBREL that replaced it in the queue. */
export interface AedesPublish {
  readonly cmd: string
  readonly topic: string
  readonly payload: Uint8Array | string
  readonly qos: Qos
  readonly brokerId?: string
  readonly brokerCounter?: number
  readonly messageId?: number | undefined
  /** ms since the epoch */
  readonly messageExpiry?: number
  readonly properties?: AedesMessageProperties | null | undefined
}

export interface AedesMessageProperties extends AedesProperties {
  readonly payloadFormatIndicator?: boolean | number
  readonly messageExpiryInterval?: number
  readonly contentType?: string
  readonly responseTopic?: string
  readonly correlationData?: Uint8Array
  readonly subscriptionIdentifier?: number | readonly number[]
}

export interface AedesWill extends AedesPacket {}

export interface AedesClient {
  /** Set when CONNECT arrives and read after authentication. In between it may be replaced. */
  id: string
  /** Whether its session ends with the connection. */
  clean: boolean
  readonly _cleanStart?: boolean
  /** Seconds; a DISCONNECT may change it. */
  readonly sessionExpiryInterval?: number
  /** Limits of an MQTT 5 client: messages of QoS 1 and 2 at a time, and bytes of one packet. */
  readonly receiveMaximum?: number
  readonly maximumPacketSize?: number
  _requestProblemInformation?: boolean
  /** True from CONNECT until its stored queue has been sent. */
  readonly connecting: boolean
  readonly subscriptions: Readonly<Record<string, AedesHeld>>
  /** The counter of the newest message of each broker that it was sent. */
  readonly duplicates: Readonly<Record<string, number>>
  deliver0(packet: AedesPublish, done: () => void): void
  deliverQoS(packet: AedesPublish, done: () => void): void
  /** 3 (3.1), 4 (3.1.1) or 5. */
  readonly version: number
  readonly connected: boolean
  readonly closed: boolean
  readonly conn: Duplex
  will: AedesWill | null
  close(done?: () => void): void
  /** Since 2.0. Tells an MQTT 5 client the reason. */
  disconnect?(options: { reasonCode: number }, done?: () => void): void
  emit(event: 'error', error: Error): boolean
  _drainTimer: NodeJS.Timeout | null
  waitForDrain(done: () => void): void
  _handleDrainTimeout(): void
  readonly _paused?: boolean
  /** How many packets aedes works on. At 0 it continues to read. */
  _parsingBatch: number
  _nextBatch(): void
  readonly _parser: {
    parse(bytes: Uint8Array): number
    /** The CONNECT packet, which the parser keeps for as long as the connection. */
    readonly settings?: { password?: Uint8Array | undefined }
    /** The packet that is being read; `length` is that of its body. */
    readonly packet?: { readonly length?: number } | null
    /** The bytes of it that have arrived. */
    readonly _list?: { readonly length: number }
    listeners(event: 'packet'): readonly unknown[]
    removeAllListeners(event: 'packet'): void
    on(event: 'packet', listener: (packet: AedesParsed) => void): void
  }
}

/** A subscription of a client; `si` is its identifier. */
export interface AedesHeld {
  readonly qos?: number
  readonly rh?: number
  readonly rap?: boolean
  readonly nl?: boolean
  readonly si?: number
}

/** Any packet as the parser gives it. */
export interface AedesParsed {
  readonly cmd: string
  readonly qos?: number
  readonly messageId?: number
  readonly subscriptions?: readonly { readonly topic: string }[]
  readonly unsubscriptions?: readonly string[]
  /** mqtt-packet sets null on packets without a topic. */
  readonly topic?: string | null
  /** In a PUBREC of MQTT 5, 0x80 and above end the exchange. */
  readonly reasonCode?: number
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
  readonly properties?: { readonly receiveMaximum?: number; readonly maximumPacketSize?: number } | undefined
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
  authorizeForward(client: AedesClient, packet: AedesPublish): AedesPublish | null
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
  /** `client`: registered, after its stored session was restored or deleted. `clientReady`: its stored queue has been sent. */
  on(event: 'client' | 'clientReady', listener: (client: AedesClient) => void): this
  on(event: 'subscribe', listener: (subscriptions: readonly unknown[], client: AedesClient) => void): this
  authorizeForward(client: AedesClient, packet: AedesPublish): AedesPublish | null
  readonly persistence: AedesPersistence
}

/** A client, or only its id, as the owner of stored data. */
export interface AedesOwner {
  readonly id: string
}

/** The storage of aedes for data that is kept after a connection. */
export interface AedesPersistence {
  addSubscriptions(client: AedesOwner, subscriptions: readonly object[]): Promise<unknown>
  removeSubscriptions(client: AedesOwner, topics: readonly string[]): Promise<unknown>
  cleanSubscriptions(client: AedesOwner): Promise<unknown>
  subscriptionsByClient(client: AedesOwner): Promise<readonly { readonly topic: string }[]>
  setup(broker: AedesBroker): Promise<unknown>
  createRetainedStreamCombi(patterns: readonly string[]): Readable
  streamWill(brokers: object): Readable
  putWill(client: AedesOwner, packet: AedesPublish): Promise<unknown>
  outgoingEnqueueCombi(subs: readonly { readonly clientId: string }[], packet: AedesPublish): Promise<unknown>
  outgoingUpdate(client: AedesOwner, packet: AedesPublish): Promise<unknown>
  outgoingClearMessageId(client: AedesOwner, packet: AedesPublish): Promise<AedesPublish | undefined>
  outgoingStream(client: AedesOwner): Readable
  incomingStorePacket(client: AedesOwner, packet: AedesPublish): Promise<unknown>
  incomingGetPacket(client: AedesOwner, packet: AedesPublish): Promise<unknown>
  incomingDelPacket(client: AedesOwner, packet: AedesPublish): Promise<unknown>
  /** Only in the persistence for Redis. */
  cleanIncoming?(client: AedesOwner): Promise<unknown>
  delWill(owner: AedesOwner & { readonly brokerId: string }): Promise<unknown>
}

export interface AedesOptions extends AedesHooks {
  readonly concurrency: number
  readonly connectTimeout: number
  readonly drainTimeout: number
  readonly maxClientsIdLength: number
  /** Enforced since 2.0. */
  readonly maximumPacketSize: number
  readonly maxTopicLevels: number
  readonly topicAliasMaximum: number
  /** aedes only announces this limit. `createTally` enforces it. */
  readonly receiveMaximum: number
  readonly sessionExpiryIntervalLimit: number
  readonly pendingSessionsLimit: number
  /** For several nodes. @default in memory */
  readonly mq?: unknown
  readonly persistence?: unknown
}

/** Loads aedes only when the broker starts, so that an app with another broker does not load it. */
export async function createAedes(options: AedesOptions): Promise<AedesBroker> {
  const { Aedes } = await loadDependency(() => import('aedes'), 'aedes')
  // The published types lack some fields: see above.
  const create = Aedes.createBroker as unknown as (options: AedesOptions) => Promise<AedesBroker>
  const broker = await create.call(Aedes, options)
  storeOnce(broker.persistence)
  return broker
}

/**
 * Stores the filters of a SUBSCRIBE once. aedes stores the whole list once for each filter in it: 4,000 filters took 18 s of CPU.
 * Each of its calls passes the same list, so a later call gets the promise of the first one.
 */
export function storeOnce(persistence: AedesBroker['persistence']): void {
  const store = persistence.addSubscriptions.bind(persistence)
  const stored = new WeakMap<readonly object[], Promise<unknown>>()
  persistence.addSubscriptions = (client, subscriptions) => {
    const before = stored.get(subscriptions)
    if (before !== undefined) return before
    const storing = store(client, subscriptions)
    stored.set(subscriptions, storing)
    return storing
  }
}
