import type {
  AccessDecision,
  BrokerConnection,
  BrokerHost,
  InboundMessage,
  Principal,
} from '../ports/broker.ts'
import {
  type Access,
  ALLOW,
  accessList,
  decideForward,
  decidePublish,
  decideSubscribe,
  deny,
  type TopicDecision,
} from './access.ts'
import { createAccessCache, remember } from './access-cache.ts'
import { type Checked, createAdmission, refuse, serialOf } from './admission.ts'
import { createBinder } from './binding.ts'
import type { BrokerHostParts, CoreBrokerHost } from './broker-host-parts.ts'
import { createConnections } from './connections.ts'
import { createNamedPrincipals } from './named-principals.ts'
import { createOrigin } from './origin.ts'
import { shownUsername } from './overdue.ts'
import { createPresence } from './presence.ts'
import { createPublisher } from './publisher.ts'
import { hintOf } from './refusal-hints.ts'
import { OWN_TOPICS, upwardFilters } from './topic-table.ts'
import { parseProductTopic } from './topics.ts'

export type { BrokerHostParts, CoreBrokerHost } from './broker-host-parts.ts'

type Told = Parameters<BrokerHost['refused']>[0]

const repeat = (run: () => void, ms: number): (() => void) => {
  const timer = setInterval(run, ms)
  timer.unref()
  return () => clearInterval(timer)
}

/** One for all brokers: who may connect, what may they say and hear, who is there. */
export function createBrokerHost(parts: BrokerHostParts): CoreBrokerHost {
  const { registry, devices, sessions, inUse, emit, clock, logger } = parts
  const { legacy, topics = OWN_TOPICS } = parts
  const connections = createConnections()
  /** What clients of static accounts call themselves. */
  const clientIds = new WeakMap<Principal, string>()
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

  const admit = createAdmission({
    ...parts,
    ...{ topics, settle },
    onStatic: (principal, clientId) => void clientIds.set(principal, clientId),
  })
  const byName = createNamedPrincipals({ ...parts, connections, onStatic: count })

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

    identify: byName,

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
