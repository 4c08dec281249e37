import { NO_AIRCRAFT } from '../devices/records.ts'
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
import { type Checked, createAdmission, refuse } from './admission.ts'
import { createBinder } from './binding.ts'
import type { BrokerHostParts, CoreBrokerHost } from './broker-host-parts.ts'
import { createNamedPrincipals } from './named-principals.ts'
import { createOrigin, createUnnamed } from './origin.ts'
import { createPresence } from './presence.ts'
import { createPublisher } from './publisher.ts'
import { createRefusals } from './refusals.ts'
import { OWN_TOPICS, upwardFilters } from './topic-table.ts'

export type { BrokerHostParts, CoreBrokerHost } from './broker-host-parts.ts'

/** The decisions about one principal. They are valid as long as `access` stays the same. */
interface Lane {
  readonly access: Access
  /** Topics that it may publish on. */
  readonly publish: Set<string>
  /** Topics that it may receive. */
  readonly forward: Set<string>
}

/**
 * How many topics are kept for one principal. It limits the memory, and is far above what a gateway with its aircraft
 * uses. Other topics are decided again for every packet.
 */
const MAX_REMEMBERED = 128

function remember(topics: Set<string>, topic: string): void {
  if (topics.size < MAX_REMEMBERED) topics.add(topic)
}

const repeat = (run: () => void, ms: number): (() => void) => {
  const timer = setInterval(run, ms)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * Answers what every broker asks: who may connect, and what may each client publish and receive? Takes what every
 * broker reports: who is connected.
 */
export function createBrokerHost(parts: BrokerHostParts): CoreBrokerHost {
  const { registry, devices, sessions, inUse, emit, clock, logger } = parts
  const { legacy, topics = OWN_TOPICS } = parts
  /** The client ids of connections with a static account. */
  const clientIds = new WeakMap<Principal, string>()
  const lanes = new WeakMap<Principal, Lane>()
  const presence = createPresence({
    registry,
    now: () => clock.now(),
    missedSince: parts.missedSince ?? (() => 0),
    repeat: parts.every ?? repeat,
    reintroduce: parts.reintroduce ?? (() => undefined),
  })
  const binder = createBinder({
    ...{ devices, sessions, registry, inUse },
    isAlive: parts.isAlive,
    isTaken: (principal, gateway) =>
      presence
        .at(gateway)
        .some(
          (one) =>
            one.principal !== principal &&
            (one.principal.kind !== 'legacy' ||
              one.principal.credentialId !== principal.credentialId ||
              one.clientId !== clientIds.get(principal)),
        ),
    isAircraft: parts.isAircraft,
    onBound(principal) {
      const connection = presence.of(principal)
      if (connection === undefined) return
      presence.tied(principal)
      arrived(connection)
    },
    onStray: (principal, gateway, serial) =>
      logger.warn(
        { gateway, serial, clientId: presence.of(principal)?.clientId },
        'A controller uses the MQTT credentials of another one and is refused. Log in on it again, so that it gets its own credentials.',
      ),
  })
  const tell = createRefusals({ emit, clock, ownerOf: binder.ownerOf })
  const refused: BrokerHost['refused'] = (event) => tell(event)
  const publisher = createPublisher(registry)
  const origin = createOrigin({
    ...{ publisher, devices, speaker: presence.speaker },
    sessionOf: parts.sessionOf ?? (() => null),
    now: () => clock.now(),
    failed: (error) =>
      logger.error(
        { err: error },
        'A message was dropped: the device store did not say which workspace its controller belongs to. Check the store.',
      ),
  })
  const receiveUnnamed = createUnnamed({
    ...{ origin, publisher, unclaimed: parts.unclaimed, refused, heard: presence.heard, deliver },
    decide: (principal, topic) => decidePublish(laneOf(principal).access, topic, false, topics),
  })
  const admit = createAdmission({
    ...parts,
    ...{ topics, settle },
    onStatic: (principal, clientId) => void clientIds.set(principal, clientId),
  })
  const identify = createNamedPrincipals({ ...parts, presence, onStatic: count })

  /** Called for every packet. A decision is kept until the gateway or its aircraft change. */
  function laneOf(principal: Principal): Lane {
    const { gateway } = principal
    const aircraft = gateway === null ? NO_AIRCRAFT : registry.access(gateway)
    const silent = gateway === null ? NO_AIRCRAFT : registry.silent(gateway)
    let lane = lanes.get(principal)
    // The registry replaces these sets when they change, so it is enough to compare identities.
    if (
      lane === undefined ||
      lane.access.aircraft !== aircraft ||
      lane.access.silent !== silent ||
      lane.access.gateway !== gateway
    ) {
      const { kind, allowedGateways: only } = principal
      const access = { kind, gateway, aircraft, silent, ...(only === undefined ? {} : { only }) }
      lane = { access, publish: new Set(), forward: new Set() }
      lanes.set(principal, lane)
    }
    return lane
  }

  /** If the decision binds the credential to a gateway, it is made again afterwards, for that gateway. */
  function settle(
    principal: Principal,
    decide: (access: Access) => TopicDecision,
  ): AccessDecision | Promise<AccessDecision> {
    const decision = decide(laneOf(principal).access)
    if (!('bind' in decision)) return decision
    return binder.bind(principal, decision.bind).then(
      (refusal) => {
        if (refusal !== null) {
          sendAway(principal, refusal)
          return refusal
        }
        const second = decide(laneOf(principal).access)
        return 'bind' in second ? deny('unbound') : second
      },
      (error: unknown) => {
        logger.error(
          { err: error },
          'A controller was refused: the session or device store did not answer. Check the stores; the controller tries again.',
        )
        return deny('unavailable')
      },
    )
  }

  /** If a connection has its own credentials for the gateway, connections with a static account lose the gateway. */
  function arrived({ principal }: BrokerConnection): void {
    const { gateway, kind } = principal
    if (gateway === null) return
    if (kind === 'gateway')
      for (const other of presence.at(gateway)) if (other.principal.kind === 'legacy') presence.untie(other)
    count(principal)
  }

  function count(principal: Principal): void {
    const { workspaceId, gateway, credentialId: username } = principal
    if (gateway !== null && legacy?.came(principal, clock.now()) === true)
      emit('gateway.legacy', { workspaceId, gateway, username, at: clock.now() })
  }

  /**
   * A controller whose subscription is refused stays connected and never subscribes again (facts D3), so it would get
   * nothing even when the device is free. When its connection is closed, it connects again and subscribes.
   */
  function sendAway(principal: Principal, decision: AccessDecision): void {
    const connection = presence.of(principal)
    if (connection === undefined || decision.allow || decision.reason !== 'in_use') return
    // Not at once, so that the answer is sent and the refusal is reported first.
    setImmediate(() => parts.sendAway?.(connection))
  }

  function whyTaken(gateway: string, userId: string): 'in_use' | 'is_aircraft' | null {
    if (inUse(gateway, userId)) return 'in_use'
    return registry.isNamed(gateway) ? 'is_aircraft' : null
  }

  function deliver(message: InboundMessage): void {
    const failed = (error: unknown): void =>
      logger.error(
        { err: error, topic: message.topic },
        'A message of a controller was not handled, because of an error in this platform. See the error.',
      )
    try {
      const answer = parts.onMessage(message)
      if (answer instanceof Promise) answer.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  return {
    logger,
    legacyAccounts: legacy?.logins ?? [],
    ...(parts.environment === undefined ? {} : { environment: parts.environment }),
    listen: parts.listen ?? {},
    async authenticate(attempt) {
      const { clientId, address, username } = attempt
      let decision: Checked
      try {
        decision = await admit(attempt)
      } catch (error) {
        logger.error(
          { err: error, clientId },
          'A connection was refused: a store did not answer. Check the stores; the controller tries again.',
        )
        decision = refuse('unavailable')
      }
      if (decision.allow) {
        origin.admitted(decision.principal)
        return decision
      }
      tell({ reason: decision.reason, clientId, address }, decision.serial, username)
      return { allow: false, reason: decision.reason }
    },

    authorizePublish(principal, topic, retain) {
      const { publish } = laneOf(principal)
      if (!retain && publish.has(topic)) return ALLOW
      const decision = settle(principal, (access) => decidePublish(access, topic, retain, topics))
      if (decision === ALLOW) remember(publish, topic)
      return decision
    },

    authorizeSubscribe: (principal, filter) => settle(principal, (access) => decideSubscribe(access, filter)),

    authorizeForward(principal, topic) {
      const { access, forward } = laneOf(principal)
      if (forward.has(topic)) return true
      const allowed = decideForward(access, topic)
      if (allowed) remember(forward, topic)
      return allowed
    },

    identify,

    isKnown: async (username) =>
      legacy?.has(username) === true || ((await parts.identify?.(username)) ?? null) !== null,

    accessList: (gateway, aircraft) => accessList(gateway, aircraft, topics),
    get upwardFilters() {
      return upwardFilters(topics)
    },
    aircraftOf: (gateway) => registry.access(gateway),

    connected(connection) {
      const { gateway, userId } = connection.principal
      // An external broker admits everybody who has credentials, even if another user has the device in use now.
      const taken = gateway === null ? null : whyTaken(gateway, userId)
      if (taken !== null) {
        const { clientId, address } = connection
        tell({ reason: taken, clientId, address }, gateway)
        parts.expel?.(connection)
        return
      }
      presence.connected(connection)
      arrived(connection)
    },
    disconnected: presence.disconnected,

    received(message) {
      if (message.principal !== null) deliver(message)
      else receiveUnnamed(message)
    },

    refused,
    sessionIds: presence.sessionIds,
    stop: presence.stop,
  }
}
