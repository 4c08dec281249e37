import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { type EmbeddedBrokerOptions, embeddedBroker } from '../../src/adapters/brokers/embedded/index.ts'
import { createLiveness } from '../../src/core/devices/live.ts'
import { createRegistry } from '../../src/core/devices/registry.ts'
import { createReservations } from '../../src/core/devices/reservations.ts'
import { type BrokerHostParts, createBrokerHost } from '../../src/core/mqtt/broker-host.ts'
import { createGatewayProtocol } from '../../src/core/mqtt/gateway.ts'
import {
  type BrokerAdapter,
  type BrokerHost,
  type InboundMessage,
  silentLogger,
  systemClock,
} from '../../src/core/ports/index.ts'
import { fakeBindings, fakeDevices, principal, protocolParts, recordEvents } from './mqtt-core.ts'

/** The ways in which a controller may come: every behaviour has to hold on each of them. */
export const WAYS = ['tcp 3.1', 'tcp 3.1.1', 'tcp 5', 'ws 3.1.1', 'ws 5'] as const
export type Way = (typeof WAYS)[number]

export const isVersion5 = (way: Way): boolean => way.endsWith(' 5')

const protocolOf = (way: Way): IClientOptions =>
  isVersion5(way)
    ? { protocolVersion: 5 }
    : way.endsWith('3.1.1')
      ? { protocolVersion: 4 }
      : { protocolVersion: 3, protocolId: 'MQIsdp' }

export interface Setup {
  readonly options?: EmbeddedBrokerOptions
  readonly anonymous?: BrokerHostParts['anonymous']
  /** Lets a test put something between the adapter and core. */
  readonly wrap?: (host: BrokerHost) => BrokerHost
}

/** A real broker with core's real host, registry and protocol; only users, sessions and bindings are made up. */
export async function startBroker(setup: Setup = {}) {
  const events = recordEvents()
  const devices = fakeDevices()
  const received: InboundMessage[] = []
  const reservations = createReservations({ clock: systemClock, silenceMs: 0 })
  const registry = createRegistry({ devices, reservations, emit: events.emit, clock: systemClock })
  const adapter: BrokerAdapter = embeddedBroker({ host: '127.0.0.1', port: 0, ...setup.options })
  const protocol = createGatewayProtocol({
    registry,
    ...protocolParts((message) => adapter.publish(message)),
    emit: events.emit,
    clock: systemClock,
    logger: silentLogger,
  })
  const host = createBrokerHost({
    // User name: the gateway, or `any`. Password: workspace and session, as in `W1:S1`, and perhaps a user.
    verifyCredential: async ({ username, password }) => {
      const [workspaceId, sessionId, userId] = (password ?? '').split(':')
      if (username === undefined || !workspaceId || !sessionId)
        return { allow: false, reason: 'bad_credentials' }
      return {
        allow: true,
        principal: principal(username === 'any' ? null : username, workspaceId, sessionId, userId),
      }
    },
    registry,
    devices,
    sessions: fakeBindings(),
    isAlive: async () => true,
    inUse: createLiveness({
      find: (serial) => registry.get(registry.gatewayOf(serial) ?? serial),
      ...{ reservations, clock: systemClock, silenceMs: 0 },
    }).inUse,
    isAircraft: async (serial) => registry.isNamed(serial),
    sendAway: ({ principal: { credentialId } }) => void adapter.kick({ credentialId }),
    anonymous: setup.anonymous ?? null,
    emit: events.emit,
    clock: systemClock,
    logger: silentLogger,
    onMessage: (message) => {
      received.push(message)
      return protocol.receive(message)
    },
  })
  await adapter.start(setup.wrap?.(host) ?? host)
  const http = createServer()
  http.on('upgrade', (request, socket, head) => adapter.handleUpgrade?.(request, socket, head))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const clients: MqttClient[] = []

  const optionsFor = (way: Way, gateway: string, more: IClientOptions): IClientOptions => ({
    ...protocolOf(way),
    clientId: gateway,
    username: gateway,
    password: 'W1:S1',
    reconnectPeriod: 0,
    connectTimeout: 5_000,
    ...more,
  })
  const tcpUrl = adapter.address('127.0.0.1')
  const urlOf = (way: Way): string =>
    way.startsWith('ws') ? `ws://127.0.0.1:${(http.address() as AddressInfo).port}/mqtt` : tcpUrl

  return {
    adapter,
    registry,
    devices,
    events,
    received,
    tcpPort: Number(new URL(tcpUrl).port),
    wsUrl: urlOf('ws 5'),
    /** Connects, or rejects with what the broker said. */
    async connect(
      way: Way,
      gateway = 'G1',
      more: IClientOptions = {},
      /** Sees the client before anything can arrive: a stored queue may come in one piece with CONNACK. */
      prepare: (client: MqttClient) => void = () => undefined,
    ): Promise<MqttClient> {
      const client = mqtt.connect(urlOf(way), optionsFor(way, gateway, more))
      prepare(client)
      clients.push(client)
      client.on('error', () => undefined)
      await new Promise<void>((resolve, reject) => {
        client.once('connect', () => resolve())
        client.once('error', reject)
        client.once('close', () => reject(new Error('closed')))
      })
      return client
    },
    async stop(): Promise<void> {
      await Promise.all(clients.map((client) => client.endAsync(true).catch(() => undefined)))
      await adapter.stop()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

export type TestBroker = Awaited<ReturnType<typeof startBroker>>

export const topo = (...serials: string[]): string =>
  JSON.stringify({
    tid: 't1',
    bid: 'b1',
    method: 'update_topo',
    data: { type: 144, sub_type: 0, sub_devices: serials.map((sn) => ({ sn, type: 77, sub_type: 0 })) },
  })

/** Collects what a client is sent; `next` awaits the next one. */
export function inbox(client: MqttClient) {
  const all: { topic: string; text: string; retain: boolean }[] = []
  const waiting: (() => void)[] = []
  client.on('message', (topic, payload, packet) => {
    all.push({ topic, text: payload.toString(), retain: packet.retain })
    for (const wake of waiting.splice(0)) wake()
  })
  return {
    all,
    texts: () => all.map((message) => message.text),
    async until(text: string): Promise<string[]> {
      while (!all.some((message) => message.text === text)) {
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      return all.map((message) => message.text)
    },
    async count(wanted: number): Promise<void> {
      while (all.length < wanted) await new Promise<void>((resolve) => waiting.push(resolve))
    },
  }
}

/** What a SUBSCRIBE was answered with, whether the client calls it an error or not. */
export async function granted(
  client: MqttClient,
  filters: string | string[],
  qos: 0 | 1 | 2 = 1,
): Promise<number[]> {
  return new Promise((resolve) => {
    client.subscribe(filters, { qos }, (error, grants, packet) => {
      const codes = packet?.granted ?? grants?.map((grant) => grant.qos)
      if (codes === undefined || codes.length === 0) resolve([error === null ? -1 : 128])
      else resolve(codes.map(Number))
    })
  })
}

export const closing = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => client.once('close', () => resolve()))
