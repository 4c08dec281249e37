import { randomBytes, randomUUID } from 'node:crypto'
import { createKeyRing } from '../../../core/access/keys.ts'
import { createMqttCredentials } from '../../../core/access/mqtt-credentials.ts'
import { createTokenCodec } from '../../../core/access/tokens.ts'
import { createLiveness } from '../../../core/devices/live.ts'
import { createRegistry } from '../../../core/devices/registry.ts'
import { createReservations } from '../../../core/devices/reservations.ts'
import { createFleetSignals } from '../../../core/fleet-signals.ts'
import { createBrokerHost } from '../../../core/mqtt/broker-host.ts'
import { createDesk } from '../../../core/mqtt/desk.ts'
import { parseTopology } from '../../../core/mqtt/messages.ts'
import { createTopicTable } from '../../../core/mqtt/topic-table.ts'
import {
  type BrokerAdapter,
  type DeviceStore,
  type InboundMessage,
  type Session,
  silentLogger,
  systemClock,
} from '../../../core/ports/index.ts'
import { type Client, type ClientLogin, connectClient } from './client.ts'

/** One node: an adapter, with core's real host, registry and credentials. */
export interface Node {
  readonly adapter: BrokerAdapter
  readonly registry: ReturnType<typeof createRegistry>
  /** Messages that core accepted as a gateway's. */
  readonly received: InboundMessage[]
  issue(session: Session, gateway: string): Promise<ClientLogin>
  learn(gateway: string, ...aircraft: string[]): Promise<readonly string[]>
  end(session: Session): Promise<void>
}

export interface Stage {
  readonly nodes: readonly Node[]
  readonly node: Node
  session(workspaceId?: string, lastsMs?: number, userId?: string): Session
  /** Credentials for a gateway. From now on the workspace of the session holds it. */
  login(gateway: string, session?: Session): Promise<ClientLogin>
  connect(login: ClientLogin, how?: Parameters<typeof connectClient>[2], node?: number): Promise<Client>
  /** Resolves when the condition is true. It is checked when something happens, and every 50 ms. */
  until(what: string, condition: () => boolean): Promise<void>
  close(): Promise<void>
}

/** Starts nodes that share the secret, the sessions and the device store. */
export async function openStage(
  adapters: readonly BrokerAdapter[],
  address: (node: number) => { readonly url: string; readonly tls?: object },
  version: 3 | 4 | 5,
  tlsFor: ((gateway: string) => object) | undefined,
): Promise<Stage> {
  const bell = createBell()
  const sessions = new Map<string, Session>()
  const ended = new Set<string>()
  const devices = memoryHolders()
  const bound = new Map<string, string>()
  const tokens = createTokenCodec(createKeyRing([], [randomBytes(32).toString('hex')]))
  await tokens.ready()
  const clients: Client[] = []
  // Added as a plugin would add them.
  const topics = createTopicTable()
  topics.add('thing/contract/report', 'gateway')
  topics.add('thing/contract/sound', 'device')
  topics.add('thing/contract/orders', 'cloud')
  const alive = async (id: string): Promise<Session | null> => {
    const session = sessions.get(id)
    return session === undefined || ended.has(id) || session.expiresAt <= Date.now() ? null : session
  }

  function makeNode(adapter: BrokerAdapter) {
    const received: InboundMessage[] = []
    const signals = createFleetSignals()
    const reservations = createReservations({ clock: systemClock, silenceMs: 0 })
    const registry = createRegistry({
      ...{ devices, reservations, signals, emit: bell.ring, clock: systemClock },
    })
    const credentials = createMqttCredentials({ tokens, sessions: { alive }, clock: systemClock })
    const desk = createDesk({ broker: adapter, credentials, registry, logger: silentLogger })
    signals.on('access', desk.sync)
    const host = createBrokerHost({
      verifyCredential: credentials.verify,
      identify: credentials.identify,
      sessionOf: desk.sessionOf,
      registry,
      devices,
      sessions: {
        async bindGateway(_sessionId, credentialId, gateway) {
          const now = bound.get(credentialId) ?? gateway
          bound.set(credentialId, now)
          return now
        },
      },
      isAlive: async (id) => (await alive(id)) !== null,
      inUse: createLiveness({
        find: (serial) => registry.get(registry.gatewayOf(serial) ?? serial),
        ...{ reservations, clock: systemClock, silenceMs: 0 },
      }).inUse,
      isAircraft: async (serial) => registry.isNamed(serial),
      expel: ({ principal: { credentialId } }) =>
        void (adapter.revoke?.({ credentialId }) ?? adapter.kick({ credentialId })),
      anonymous: null,
      topics,
      emit: bell.ring,
      clock: systemClock,
      logger: silentLogger,
      onMessage(message) {
        received.push(message)
        bell.ring()
      },
    })
    const node: Node = {
      adapter,
      registry,
      received,
      async issue(session, gateway) {
        const issued = await desk.issue(session, gateway)
        if (issued === null) throw new Error('no credential')
        return { gateway, session, username: issued.username, password: issued.password }
      },
      async learn(gateway, ...aircraft) {
        const topology = parseTopology({
          type: 144,
          sub_type: 0,
          sub_devices: aircraft.map((sn) => ({ sn, type: 77, sub_type: 0 })),
        })
        if (!topology.ok) throw new Error(topology.reason)
        return (await desk.learn(gateway, topology.value)).refused
      },
      async end(session) {
        ended.add(session.id)
        registry.takeOffline({ sessionId: session.id }, 'logout')
        await (adapter.revoke?.({ sessionId: session.id }) ?? adapter.kick({ sessionId: session.id }))
      },
    }
    return { node, host }
  }

  const made = adapters.map(makeNode)
  for (const { node, host } of made) await node.adapter.start(host)
  const nodes = made.map(({ node }) => node)
  const [node] = nodes
  if (node === undefined) throw new Error('no adapter')

  function session(workspaceId = 'W1', lastsMs = 3_600_000, userId = 'U1'): Session {
    const now = Date.now()
    const id = randomUUID()
    const made: Session = {
      id,
      userId,
      username: userId.toLowerCase(),
      workspaceId,
      role: 'pilot',
      createdAt: now,
      expiresAt: now + lastsMs,
      tokenId: id,
      tokenIssuedAt: now,
      tokenExpiresAt: now + lastsMs,
      spentTokenId: null,
      spentAt: null,
      endedAt: null,
      endReason: null,
      signInSource: null,
    }
    sessions.set(id, made)
    return made
  }

  return {
    nodes,
    node,
    session,
    until: bell.until,
    async login(gateway, of = session()) {
      await devices.claim(gateway, of.workspaceId)
      return node.issue(of, gateway)
    },
    async connect(login, how = {}, index = 0) {
      const { url, tls } = address(index)
      const client = await connectClient(url, login, {
        version,
        onNews: bell.ring,
        ...how,
        options: { ...tls, ...tlsFor?.(login.gateway), ...how.options },
      })
      clients.push(client)
      return client
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()))
      for (const { node: one, host } of made) {
        host.stop()
        await one.adapter.stop()
      }
    },
  }
}

/** Knows which workspace owns a device. It has no device records. */
function memoryHolders(): Pick<DeviceStore, 'claim' | 'release' | 'holder' | 'get'> {
  const holders = new Map<string, string>()
  return {
    async claim(serial, workspaceId) {
      const holder = holders.get(serial) ?? workspaceId
      holders.set(serial, holder)
      return holder
    },
    release: async (serial, workspaceId) => holders.get(serial) === workspaceId && holders.delete(serial),
    holder: async (serial) => holders.get(serial) ?? null,
    get: async () => null,
  }
}

/** Waits for a condition. `ring` means that something has happened, so that the condition is checked at once. */
interface Bell {
  readonly ring: () => void
  until(what: string, condition: () => boolean, withinMs?: number): Promise<void>
}

function createBell(): Bell {
  const waiting = new Set<() => void>()
  return {
    ring() {
      for (const look of waiting) look()
    },
    until(what, condition, withinMs = 10_000) {
      return new Promise((resolve, reject) => {
        const done = (): void => {
          waiting.delete(look)
          clearInterval(tick)
          clearTimeout(late)
        }
        const look = (): void => {
          if (!condition()) return
          done()
          resolve()
        }
        // Some changes do not call `ring`, for example when the registry learns about a lost connection.
        const tick = setInterval(look, 50)
        const late = setTimeout(() => {
          done()
          reject(new Error(`did not happen within ${withinMs} ms: ${what}`))
        }, withinMs)
        waiting.add(look)
        look()
      })
    },
  }
}
