import { randomUUID } from 'node:crypto'
import { looksIssued } from '../access/mqtt-credentials.ts'
import type { Registry } from '../devices/registry.ts'
import type { CloudEmitter } from '../events.ts'
import type {
  AccessDecision,
  AccessDenial,
  BrokerConnection,
  BrokerHost,
  ConnectAttempt,
  ConnectDecision,
  InboundMessage,
  ListenWish,
  Principal,
  Refusal,
} from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeviceStore } from '../ports/devices.ts'
import type { Logger } from '../ports/logger.ts'
import type { Session, SessionStore } from '../ports/sessions.ts'
import {
  type Access,
  ALLOW,
  accessList,
  decideForward,
  decidePublish,
  decideSubscribe,
  decideWill,
  deny,
  type TopicDecision,
} from './access.ts'
import { createAccessCache, remember } from './access-cache.ts'
import { createBinder } from './binding.ts'
import { createConnections } from './connections.ts'
import type { LegacyAccounts } from './legacy.ts'
import { createOrigin } from './origin.ts'
import { shownUsername } from './overdue.ts'
import { createPresence } from './presence.ts'
import { createPublisher } from './publisher.ts'
import { hintOf } from './refusal-hints.ts'
import { OWN_TOPICS, type TopicTable, upwardFilters } from './topic-table.ts'
import { isSerial, parseProductTopic } from './topics.ts'
import type { Unclaimed } from './unclaimed.ts'

export interface BrokerHostParts {
  /** Checks user name and password, of a static account as well; the rest is done here. */
  readonly verifyCredential: (attempt: ConnectAttempt) => Promise<ConnectDecision>
  /** Traces a user name back, see `BrokerHost.identify`. */
  readonly identify?: (username: string) => Promise<Principal | null>
  readonly registry: Pick<
    Registry,
    'connected' | 'disconnected' | 'access' | 'silent' | 'gatewayOf' | 'linkedTo' | 'get' | 'isNamed'
  >
  readonly devices: Pick<DeviceStore, 'claim' | 'holder'>
  readonly sessions: Pick<SessionStore, 'bindGateway'>
  /** Asked when a credential without a gateway is tied. Rejects when the session store does. */
  readonly isAlive: (sessionId: string) => Promise<boolean>
  /** A gateway or aircraft is live with another user than this one, at whatever node. */
  readonly inUse: (serial: string, userId: string) => boolean
  /** It is known as an aircraft, or flies as one: it is no controller. Rejects when the device store does. */
  readonly isAircraft: (serial: string) => Promise<boolean>
  /** Closes a connection, which may come back. */
  readonly sendAway?: (connection: BrokerConnection) => void
  /** Closes a connection that may not be, and makes its credential worthless where the broker keeps it. */
  readonly expel?: (connection: BrokerConnection) => void
  /** Null: a connection without user name and password is refused. Otherwise the workspace that it gets into. Unsafe. */
  readonly anonymous: { readonly workspaceId: string } | null
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  readonly logger: Logger
  readonly environment?: BrokerHost['environment']
  /** The options `mqtt.host` and `mqtt.port`. */
  readonly listen?: ListenWish
  readonly onMessage: (message: InboundMessage) => unknown
  /** What devices may publish; complete before the broker starts. @default the Cloud API's topics */
  readonly topics?: TopicTable
  /** Where one account serves all controllers: keeps what comes from one that nobody holds yet. */
  readonly unclaimed?: Pick<Unclaimed, 'take'> | undefined
  /** Static accounts beside the credentials that are issued here. */
  readonly legacy?: LegacyAccounts | undefined
  /** The session that a gateway's newest credential was issued for. */
  readonly sessionOf?: (gateway: string) => Pick<Session, 'id' | 'userId'> | null
  /** Closes a gateway's connections, so that it introduces itself again. */
  readonly reintroduce?: (gateway: string) => void
  /** Returns how to cancel. */
  readonly every?: (run: () => void, ms: number) => () => void
}

/** What cloud.ts holds; adapters see the port only. */
export interface CoreBrokerHost extends BrokerHost {
  /** Whose sessions the connections hang on that the broker tells of, also those not tied to a gateway yet. */
  sessionIds(): ReadonlySet<string>
  stop(): void
}

type Checked =
  | Extract<ConnectDecision, { allow: true }>
  | { readonly allow: false; readonly reason: Refusal; readonly serial: string | null }

type Told = Parameters<BrokerHost['refused']>[0]

/** User names whose principals are kept, so that each stays one object. */
const MAX_NAMED = 20_000

const repeat = (run: () => void, ms: number): (() => void) => {
  const timer = setInterval(run, ms)
  timer.unref()
  return () => clearInterval(timer)
}

/** Visible ASCII without what means something in a topic: other brokers match patterns against client ids. */
const CLIENT_ID = /^[!"$-*,-.0-~]{0,128}$/

/** @param serial the device that it is about, where there is no topic to name it */
const refuse = (reason: Refusal, serial: string | null = null): Checked => ({ allow: false, reason, serial })

/** Refusals for which `mqtt.anonymous` makes up. */
const UNKNOWN: ReadonlySet<Refusal> = new Set(['anonymous', 'bad_credentials'])

const PASSED_ON = [
  'unavailable',
  'other_workspace',
  'session_ended',
  'other_gateway',
  'in_use',
  'is_aircraft',
] as const

const ABOUT_DEVICE: ReadonlySet<AccessDenial> = new Set(['in_use', 'is_aircraft'])

const willRefusal = (reason: AccessDenial): Refusal => PASSED_ON.find((passed) => passed === reason) ?? 'will'

const isEmpty = (value: string | undefined): boolean => value === undefined || value === ''

/** One for all brokers: who may connect, what may they say and hear, who is there. */
export function createBrokerHost(parts: BrokerHostParts): CoreBrokerHost {
  const { verifyCredential, registry, devices, sessions, inUse, emit, clock, logger } = parts
  const { legacy, topics = OWN_TOPICS } = parts
  const connections = createConnections()
  /** What clients of static accounts call themselves. */
  const clientIds = new WeakMap<Principal, string>()
  const named = new Map<string, Principal>()
  const cache = createAccessCache(registry)
  const presence = createPresence({
    registry,
    now: () => clock.now(),
    repeat: parts.every ?? repeat,
    reintroduce: parts.reintroduce ?? (() => undefined),
  })
  const publisher = createPublisher(registry)
  const origin = createOrigin({
    publisher,
    devices,
    sessionOf: parts.sessionOf ?? (() => null),
    now: () => clock.now(),
    failed: (error) => logger.error({ err: error }, 'sender of a message not found'),
  })
  const binder = createBinder({
    devices,
    sessions,
    registry,
    isAlive: parts.isAlive,
    inUse,
    isTaken: (principal, gateway) =>
      connections
        .at(gateway)
        .some(
          (one) =>
            one.principal !== principal &&
            (one.principal.kind !== 'legacy' ||
              one.principal.credentialId !== principal.credentialId ||
              one.clientId !== clientIds.get(principal)),
        ),
    isAircraft: parts.isAircraft,
    onBound(principal, gateway) {
      const connection = connections.of(principal)
      if (connection === undefined) return
      connections.tied(principal)
      origin.learn(principal)
      registry.connected(gateway, connection)
      arrived(connection)
    },
    onStray: (principal, gateway, serial) =>
      logger.warn(
        { gateway, serial, clientId: connections.of(principal)?.clientId },
        'a controller uses the MQTT credentials of another one and is refused: let it ask for credentials of its own',
      ),
  })

  async function identify(attempt: ConnectAttempt): Promise<ConnectDecision> {
    if (!CLIENT_ID.test(attempt.clientId)) return { allow: false, reason: 'bad_client_id' }
    const named = !isEmpty(attempt.username) || !isEmpty(attempt.password)
    if (parts.anonymous === null)
      return named ? verifyCredential(attempt) : { allow: false, reason: 'anonymous' }
    if (named) {
      const decision = await verifyCredential(attempt)
      if (decision.allow || !UNKNOWN.has(decision.reason) || (await isOurs(attempt))) return decision
    }
    return {
      allow: true,
      principal: {
        kind: 'anonymous',
        sessionId: 'anonymous',
        userId: 'anonymous',
        workspaceId: parts.anonymous.workspaceId,
        credentialId: `anonymous.${randomUUID()}`,
        gateway: null,
      },
    }
  }

  /** What was issued here, or is meant for a controller that is known here, is not let in by another door. */
  const isOurs = async ({ username = '', password }: ConnectAttempt): Promise<boolean> =>
    looksIssued(username, password) ||
    legacy?.has(username) === true ||
    (isSerial(username) && (await devices.holder(username)) !== null)

  async function admit(attempt: ConnectAttempt): Promise<Checked> {
    const decision = await identify(attempt)
    if (!decision.allow) return refuse(decision.reason)
    const { principal } = decision
    if (principal.kind === 'legacy') clientIds.set(principal, attempt.clientId)
    const { will } = attempt
    if (will !== undefined) {
      const allowed = await settle(principal, (access) => decideWill(access, will, topics))
      if (!allowed.allow)
        return refuse(
          willRefusal(allowed.reason),
          ABOUT_DEVICE.has(allowed.reason) ? serialOf(will.topic) : null,
        )
    }
    if (principal.gateway !== null) {
      const holder = await devices.claim(principal.gateway, principal.workspaceId, principal.userId)
      if (holder !== principal.workspaceId) return refuse('other_workspace')
      if (inUse(principal.gateway, principal.userId)) return refuse('in_use', principal.gateway)
      if (await parts.isAircraft(principal.gateway)) return refuse('is_aircraft', principal.gateway)
    }
    return decision
  }

  const serialOf = (topic: string | null): string | null =>
    topic === null ? null : (parseProductTopic(topic)?.serial ?? null)

  /** @param device the serial number that it is about, where no topic names it */
  function tell(
    { reason, clientId, address, topic: named, principal }: Told,
    device: string | null = null,
    name?: string,
  ): void {
    const topic = named ?? null
    const gateway = principal === undefined ? null : (principal.gateway ?? binder.ownerOf(principal))
    const serial = serialOf(topic) ?? device
    const hint = hintOf({ reason, gateway, serial })
    const username = shownUsername(name)
    emit('mqtt.refused', {
      at: clock.now(),
      address,
      reason,
      clientId,
      username,
      topic,
      gateway,
      serial,
      hint,
    })
  }
  const report: BrokerHost['refused'] = (event) => tell(event)

  /** A credential without a gateway is tied first; then the question is asked again, now that there is one. */
  function settle(
    principal: Principal,
    decide: (access: Access) => TopicDecision,
  ): AccessDecision | Promise<AccessDecision> {
    const decision = decide(cache.lane(principal).access)
    if (!('bind' in decision)) return decision
    return binder.bind(principal, decision.bind).then(
      (refusal) => {
        if (refusal !== null) {
          sendAway(principal, refusal)
          return refusal
        }
        const second = decide(cache.lane(principal).access)
        return 'bind' in second ? deny('unbound') : second
      },
      (error: unknown) => {
        logger.error({ err: error }, 'credential not bound')
        return deny('unavailable')
      },
    )
  }

  /** Who comes with credentials of its own has the gateway for itself: what holds it by a static account lets go. */
  function arrived(connection: BrokerConnection): void {
    const { principal } = connection
    const { gateway, kind } = principal
    if (gateway === null) return
    if (kind === 'gateway') {
      for (const other of connections.at(gateway)) {
        if (other.principal.kind !== 'legacy') continue
        connections.untie(other)
        registry.disconnected(gateway, other)
      }
    }
    count(principal)
  }

  function count(principal: Principal): void {
    const { workspaceId, gateway, credentialId: username } = principal
    if (gateway !== null && legacy?.came(principal, clock.now()) === true)
      emit('gateway.legacy', { workspaceId, gateway, username, at: clock.now() })
  }

  /** The one object for a name, so that what is learned of it stays. */
  function keep(key: string, found: Principal | null): Principal | null {
    if (found === null) {
      named.delete(key)
      return null
    }
    const known = named.get(key)
    if (known !== undefined) return known
    if (named.size >= MAX_NAMED) named.clear()
    named.set(key, found)
    return found
  }

  /** A static account by its client id; the gateway has to be its workspace's. */
  async function holderOf(username: string, clientId: string | undefined): Promise<Principal | null> {
    const found = legacy?.named(username, clientId) ?? null
    if (found === null || found.gateway === null) return null
    // A broker elsewhere would throw its connection off for a second one with its client id.
    if (connections.at(found.gateway).some(({ principal }) => principal.kind === 'gateway')) return null
    const holder = await devices.claim(found.gateway, found.workspaceId)
    if (holder !== found.workspaceId) return null
    count(found)
    return found
  }

  /**
   * A controller that is told no in SUBACK stays connected and never asks again (facts D3): once the device is free,
   * nothing would reach it. Closed, it connects again and asks.
   */
  function sendAway(principal: Principal, decision: AccessDecision): void {
    const connection = connections.of(principal)
    if (connection === undefined || decision.allow || decision.reason !== 'in_use') return
    // After the answer is on its way, and the refusal told.
    setImmediate(() => parts.sendAway?.(connection))
  }

  return {
    logger,
    legacyAccounts: legacy?.logins ?? [],
    ...(parts.environment === undefined ? {} : { environment: parts.environment }),
    listen: parts.listen ?? {},
    async authenticate(attempt) {
      let decision: Checked
      try {
        decision = await admit(attempt)
      } catch (error) {
        logger.error({ err: error, clientId: attempt.clientId }, 'connection not checked')
        decision = refuse('unavailable')
      }
      if (decision.allow) {
        origin.admitted(decision.principal)
        return decision
      }
      const { clientId, address } = attempt
      tell({ reason: decision.reason, clientId, address }, decision.serial, attempt.username)
      return { allow: false, reason: decision.reason }
    },

    authorizePublish(principal, topic, retain) {
      const { publish } = cache.lane(principal)
      if (!retain && publish.has(topic)) return ALLOW
      const decision = settle(principal, (access) => decidePublish(access, topic, retain, topics))
      if (decision === ALLOW) remember(publish, topic)
      return decision
    },

    authorizeSubscribe: (principal, filter) => settle(principal, (access) => decideSubscribe(access, filter)),

    authorizeForward(principal, topic) {
      const { access, forward } = cache.lane(principal)
      if (forward.has(topic)) return true
      const allowed = decideForward(access, topic)
      if (allowed) remember(forward, topic)
      return allowed
    },

    async identify(username, clientId) {
      if (legacy?.has(username) === true)
        return keep(`${username}\n${clientId ?? ''}`, await holderOf(username, clientId))
      return keep(username, (await parts.identify?.(username)) ?? null)
    },

    isKnown: async (username) =>
      legacy?.has(username) === true || ((await parts.identify?.(username)) ?? null) !== null,

    accessList: (gateway, aircraft) => accessList(gateway, aircraft, topics),
    get upwardFilters() {
      return upwardFilters(topics)
    },
    aircraftOf: (gateway) => registry.access(gateway),

    connected(connection) {
      const { gateway, userId } = connection.principal
      // A broker elsewhere lets in who has a credential: what is live since then stays with whom it is live.
      const taken = gateway === null ? null : whyTaken(gateway, userId)
      if (taken !== null) {
        const { clientId, address } = connection
        tell({ reason: taken, clientId, address }, gateway)
        parts.expel?.(connection)
        return
      }
      connections.add(connection)
      origin.learn(connection.principal)
      presence.connected(connection)
      arrived(connection)
    },

    disconnected(connection, isDone) {
      if (connections.remove(connection)) origin.forget(connection.principal)
      presence.disconnected(connection, isDone)
    },

    received(message) {
      if (message.principal !== null) deliver(message)
      else origin.trace(message, (principal) => admitMessage(message, principal))
    },

    refused: report,
    sessionIds: connections.sessionIds,
    stop: presence.stop,
  }

  function whyTaken(gateway: string, userId: string): 'in_use' | 'is_aircraft' | null {
    if (inUse(gateway, userId)) return 'in_use'
    return registry.isNamed(gateway) ? 'is_aircraft' : null
  }

  /** The broker let it through; whether it should have is decided once more, now that its sender is known. */
  function admitMessage(message: InboundMessage, principal: Principal | null): void {
    if (principal === null && parts.unclaimed?.take(message) === true) return
    const decision =
      principal === null
        ? deny('foreign')
        : decidePublish(cache.lane(principal).access, message.topic, false, topics)
    if (principal === null || !decision.allow) {
      const reason = decision.allow ? 'foreign' : decision.reason
      report({ reason, clientId: null, address: '', topic: message.topic })
      return
    }
    const { serial } = parseProductTopic(message.topic) ?? {}
    // Of an aircraft that two share nobody knows for certain whose word it is: no sign of life of either.
    if (serial === principal.gateway || serial === undefined || !publisher.isShared(serial))
      presence.heard(principal, message.topic)
    deliver({ ...message, principal })
  }

  function deliver(message: InboundMessage): void {
    try {
      const answer = parts.onMessage(message)
      if (answer instanceof Promise)
        answer.catch((error: unknown) => logger.error({ err: error }, 'message handler failed'))
    } catch (error) {
      logger.error({ err: error, topic: message.topic }, 'message handler failed')
    }
  }
}
