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
import type { SessionStore } from '../ports/sessions.ts'
import {
  type Access,
  ALLOW,
  decideForward,
  decidePublish,
  decideSubscribe,
  decideWill,
  deny,
  type TopicDecision,
} from './access.ts'
import { createAccessCache, remember } from './access-cache.ts'
import { createBinder } from './binding.ts'
import { createOrigin } from './origin.ts'
import { createPresence } from './presence.ts'
import { hintOf } from './refusal-hints.ts'
import { isSerial, parseProductTopic } from './topics.ts'
import type { Unclaimed } from './unclaimed.ts'

export interface BrokerHostParts {
  /** Checks user name and password; the rest is done here. */
  readonly verifyCredential: (attempt: ConnectAttempt) => Promise<ConnectDecision>
  /** Traces a user name back, see `BrokerHost.identify`. */
  readonly identify?: (username: string) => Promise<Principal | null>
  readonly registry: Pick<Registry, 'connected' | 'disconnected' | 'access' | 'gatewayOf' | 'get'>
  readonly devices: Pick<DeviceStore, 'claim' | 'holder'>
  readonly sessions: Pick<SessionStore, 'bindGateway'>
  /** Asked when a credential without a gateway is tied. Rejects when the session store does. */
  readonly isAlive: (sessionId: string) => Promise<boolean>
  /** Null: a connection without user name and password is refused. Otherwise the workspace that it gets into. Unsafe. */
  readonly anonymous: { readonly workspaceId: string } | null
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  readonly logger: Logger
  readonly environment?: BrokerHost['environment']
  /** The options `mqtt.host` and `mqtt.port`. */
  readonly listen?: ListenWish
  readonly onMessage: (message: InboundMessage) => unknown
  /** Where one account serves all controllers: keeps what comes from one that nobody holds yet. */
  readonly unclaimed?: Pick<Unclaimed, 'take'> | undefined
  /** The session that a gateway's newest credential was issued for. */
  readonly sessionOf?: (gateway: string) => string | null
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

/** User names whose principals are kept, so that each stays one object. */
const MAX_NAMED = 20_000

const repeat = (run: () => void, ms: number): (() => void) => {
  const timer = setInterval(run, ms)
  timer.unref()
  return () => clearInterval(timer)
}

/** Visible ASCII without what means something in a topic: other brokers match patterns against client ids. */
const CLIENT_ID = /^[!"$-*,-.0-~]{0,128}$/

const refuse = (reason: Refusal): ConnectDecision => ({ allow: false, reason })

/** Refusals for which `mqtt.anonymous` makes up. */
const UNKNOWN: ReadonlySet<Refusal> = new Set(['anonymous', 'bad_credentials'])

const PASSED_ON = ['unavailable', 'other_workspace', 'session_ended', 'other_gateway'] as const

const willRefusal = (reason: AccessDenial): Refusal => PASSED_ON.find((passed) => passed === reason) ?? 'will'

const isEmpty = (value: string | undefined): boolean => value === undefined || value === ''

/** One for all brokers: who may connect, what may they say and hear, who is there. */
export function createBrokerHost(parts: BrokerHostParts): CoreBrokerHost {
  const { verifyCredential, registry, devices, sessions, emit, clock, logger } = parts
  const connections = new Map<Principal, BrokerConnection>()
  const named = new Map<string, Principal>()
  const cache = createAccessCache(registry)
  const presence = createPresence({
    registry,
    now: () => clock.now(),
    repeat: parts.every ?? repeat,
    reintroduce: parts.reintroduce ?? (() => undefined),
  })
  const origin = createOrigin({
    registry,
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
    onBound(principal, gateway) {
      const connection = connections.get(principal)
      if (connection === undefined) return
      origin.learn(principal)
      registry.connected(gateway, connection)
    },
    onStray: (principal, gateway, serial) =>
      logger.warn(
        { gateway, serial, clientId: connections.get(principal)?.clientId },
        'a controller uses the MQTT credentials of another one and is refused: let it ask for credentials of its own',
      ),
  })

  async function identify(attempt: ConnectAttempt): Promise<ConnectDecision> {
    if (!CLIENT_ID.test(attempt.clientId)) return refuse('bad_client_id')
    const named = !isEmpty(attempt.username) || !isEmpty(attempt.password)
    if (parts.anonymous === null) return named ? verifyCredential(attempt) : refuse('anonymous')
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
    looksIssued(username, password) || (isSerial(username) && (await devices.holder(username)) !== null)

  async function admit(attempt: ConnectAttempt): Promise<ConnectDecision> {
    const decision = await identify(attempt)
    if (!decision.allow) return decision
    const { principal } = decision
    const { will } = attempt
    if (will !== undefined) {
      const allowed = await settle(principal, (access) => decideWill(access, will))
      if (!allowed.allow) return refuse(willRefusal(allowed.reason))
    }
    if (principal.gateway !== null) {
      const holder = await devices.claim(principal.gateway, principal.workspaceId)
      if (holder !== principal.workspaceId) return refuse('other_workspace')
    }
    return decision
  }

  const report: BrokerHost['refused'] = ({ reason, clientId, address, topic = null, principal }) => {
    const gateway = principal === undefined ? null : (principal.gateway ?? binder.ownerOf(principal))
    const serial = topic === null ? null : (parseProductTopic(topic)?.serial ?? null)
    const hint = hintOf({ reason, gateway, serial })
    emit('mqtt.refused', { at: clock.now(), address, reason, clientId, topic, gateway, serial, hint })
  }

  /** A credential without a gateway is tied first; then the question is asked again, now that there is one. */
  function settle(
    principal: Principal,
    decide: (access: Access) => TopicDecision,
  ): AccessDecision | Promise<AccessDecision> {
    const decision = decide(cache.lane(principal).access)
    if (!('bind' in decision)) return decision
    return binder.bind(principal, decision.bind).then(
      (refusal) => {
        if (refusal !== null) return refusal
        const second = decide(cache.lane(principal).access)
        return 'bind' in second ? deny('unbound') : second
      },
      (error: unknown) => {
        logger.error({ err: error }, 'credential not bound')
        return deny('unavailable')
      },
    )
  }

  return {
    logger,
    ...(parts.environment === undefined ? {} : { environment: parts.environment }),
    listen: parts.listen ?? {},
    async authenticate(attempt) {
      let decision: ConnectDecision
      try {
        decision = await admit(attempt)
      } catch (error) {
        logger.error({ err: error, clientId: attempt.clientId }, 'connection not checked')
        decision = refuse('unavailable')
      }
      if (!decision.allow)
        report({ reason: decision.reason, clientId: attempt.clientId, address: attempt.address })
      return decision
    },

    authorizePublish(principal, topic, retain) {
      const { publish } = cache.lane(principal)
      if (!retain && publish.has(topic)) return ALLOW
      const decision = settle(principal, (access) => decidePublish(access, topic, retain))
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

    async identify(username) {
      const found = (await parts.identify?.(username)) ?? null
      if (found === null) {
        named.delete(username)
        return null
      }
      const known = named.get(username)
      if (known !== undefined) return known
      if (named.size >= MAX_NAMED) named.clear()
      named.set(username, found)
      return found
    },

    aircraftOf: (gateway) => registry.access(gateway),

    connected(connection) {
      connections.set(connection.principal, connection)
      origin.learn(connection.principal)
      presence.connected(connection)
    },

    disconnected(connection) {
      if (connections.get(connection.principal)?.id === connection.id) {
        connections.delete(connection.principal)
        origin.forget(connection.principal)
      }
      presence.disconnected(connection)
    },

    received(message) {
      if (message.principal !== null) deliver(message)
      else origin.trace(message.topic, (principal) => admitMessage(message, principal))
    },

    refused: report,
    sessionIds() {
      const ids = new Set<string>()
      for (const { kind, sessionId } of connections.keys())
        if (kind === 'gateway' && sessionId !== '') ids.add(sessionId)
      return ids
    },
    stop: presence.stop,
  }

  /** The broker let it through; whether it should have is decided once more, now that its sender is known. */
  function admitMessage(message: InboundMessage, principal: Principal | null): void {
    if (principal === null && parts.unclaimed?.take(message) === true) return
    const decision =
      principal === null ? deny('foreign') : decidePublish(cache.lane(principal).access, message.topic, false)
    if (principal === null || !decision.allow) {
      const reason = decision.allow ? 'foreign' : decision.reason
      report({ reason, clientId: null, address: '', topic: message.topic })
      return
    }
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
