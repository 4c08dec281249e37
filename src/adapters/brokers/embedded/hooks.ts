import type {
  AccessDecision,
  AccessDenial,
  BrokerHost,
  ConnectAttempt,
  ConnectDecision,
  Refusal,
} from '../../../core/ports/broker.ts'
import type { AedesClient, AedesHooks, AedesPacket } from './aedes.ts'
import { Refused, settle } from './answers.ts'
import type { Connections } from './connections.ts'
import { isWanted, wrongWith } from './delivery.ts'
import { firstReport, type Link, matches, ownedId } from './link.ts'
import type { BrokerLimits } from './options.ts'

/**
 * A denied publish of an MQTT 3 client is moved to this topic: it is acknowledged, and no client gets it. Otherwise
 * aedes would close the connection, and the controller would connect and send it again, without end. Mosquitto, NATS
 * and EMQX drop such a message too (facts brokers 3). MQTT 5 has a reason code for it, and aedes sends that.
 */
const NOWHERE = '$SYS/refused'
const EMPTY = new Uint8Array()

const principalOf = ({ connection }: Link) => (connection === null ? {} : { principal: connection.principal })

const noAccess: AccessDecision = { allow: false, reason: 'unavailable' }

/** What aedes asks before it lets a client connect, publish, subscribe or receive. */
export function createHooks(parts: {
  readonly host: BrokerHost
  readonly connections: Pick<Connections, 'linkOf' | 'hasRoom' | 'admitted' | 'denied' | 'forget'>
  readonly limits: Pick<BrokerLimits, 'decisionMs' | 'filters'>
}): AedesHooks {
  const { host, connections } = parts
  const { linkOf } = connections
  const { decisionMs } = parts.limits

  function report(link: Link, reason: AccessDenial, topic: string): void {
    if (!firstReport(link, `${reason} ${topic}`)) return
    host.refused({ reason, clientId: link.clientId, address: link.address, topic, ...principalOf(link) })
  }

  function drop(
    client: AedesClient,
    packet: AedesPacket,
    reason: AccessDenial,
    done: (error?: Error | null) => void,
  ): void {
    const link = linkOf(client)
    if (link !== undefined) report(link, reason, packet.topic)
    connections.denied(packet)
    if (client.version === 5) {
      done(new Refused(reason))
      return
    }
    packet.topic = NOWHERE
    packet.payload = EMPTY
    packet.retain = false
    done(null)
  }

  function finishPublish(
    client: AedesClient,
    packet: AedesPacket,
    decision: AccessDecision,
    done: (error?: Error | null) => void,
  ): void {
    if (decision.allow) done(null)
    else drop(client, packet, decision.reason, done)
  }

  function attemptOf(
    link: Link,
    username: string | undefined,
    password: Uint8Array | undefined,
  ): ConnectAttempt {
    const { will } = link
    return {
      clientId: link.clientId ?? '',
      username,
      password: password === undefined ? undefined : Buffer.from(password).toString('utf8'),
      address: link.address,
      ...(will === undefined ? {} : { will: { topic: will.topic, qos: will.qos, retain: will.retain } }),
    }
  }

  /** A kick that came while the check ran wins. */
  function decided(link: Link, decision: ConnectDecision): ConnectDecision {
    if (!decision.allow) return decision
    const { principal } = decision
    if (link.kicked.some((target) => matches(principal, target)))
      return { allow: false, reason: 'session_ended' }
    // Mutual TLS: the certificate belongs to one gateway, so a stolen password does not work without it.
    if (link.certificate !== null && link.certificate !== principal.gateway) {
      host.refused({ reason: 'wrong_gateway', clientId: link.clientId, address: link.address, principal })
      return { allow: false, reason: 'wrong_gateway' }
    }
    return decision
  }

  return {
    preConnect(client, packet, done) {
      const link = linkOf(client)
      if (link === undefined) return done(new Refused('unavailable'), false)
      const wrong = wrongWith(packet)
      if (wrong !== null) return done(new Error(wrong), false)
      // Its port counted the first bytes already. A client that comes through the HTTP server of the host speaks here first.
      link.ticket.spoke()
      link.clientId = packet.clientId
      link.will = packet.will
      done(null, true)
    },

    authenticate(client, username, password, done) {
      const link = linkOf(client)
      if (link === undefined) return done(new Refused('unavailable'), null)
      const refuse = (reason: Refusal): void => done(new Refused(reason), null)
      const attempt = attemptOf(link, username, password)
      // Remove the password: it has half a KiB, and nothing needs this secret any more.
      const { settings } = client._parser
      if (settings !== undefined) settings.password = undefined
      settle(
        () => host.authenticate(attempt),
        decisionMs,
        (checked) => {
          if (link.closed) return refuse('unavailable')
          if (checked === null) {
            host.refused({ reason: 'unavailable', clientId: link.clientId, address: link.address })
            return refuse('unavailable')
          }
          const decision = decided(link, checked)
          if (!decision.allow) return refuse(decision.reason)
          const { principal } = decision
          // If the client sent no id, aedes has made one.
          const clientId = link.clientId || client.id
          const id = ownedId(principal, clientId)
          if (!connections.hasRoom(link, id)) return refuse('unavailable')
          client.id = id
          link.connection = { id: link.id, clientId, address: link.address, principal }
          link.will = undefined
          link.kicked = []
          connections.admitted(link)
          done(null, true)
        },
      )
    },

    authorizePublish(client, packet, done) {
      const link = client === null ? undefined : linkOf(client)
      // A message without a client is a will that another node has left. Its sender is not known.
      if (client === null || link === undefined || link.connection === null)
        return done(new Refused('unavailable'))
      const { principal } = link.connection
      // This runs for every message, so a decision that is known at once needs no closure. When it throws, the answer is no.
      let decision: ReturnType<BrokerHost['authorizePublish']>
      try {
        decision = host.authorizePublish(principal, packet.topic, packet.retain)
      } catch {
        decision = noAccess
      }
      if ('allow' in decision) {
        finishPublish(client, packet, decision, done)
        return
      }
      const later = decision
      settle(
        () => later,
        decisionMs,
        (answer) => finishPublish(client, packet, answer ?? noAccess, done),
      )
    },

    authorizeSubscribe(client, subscription, done) {
      const link = linkOf(client)
      if (link === undefined || link.connection === null) return done(null, null)
      const { principal } = link.connection
      settle(
        () => host.authorizeSubscribe(principal, subscription.topic),
        decisionMs,
        (answer) => {
          const decision = answer ?? noAccess
          const known = link.filters.has(subscription.topic)
          const full = decision.allow && !known && link.filters.size >= parts.limits.filters
          if (decision.allow && !full) {
            link.filters.add(subscription.topic)
            return done(null, subscription)
          }
          if (full) host.refused({ reason: 'limit', clientId: link.clientId, address: link.address })
          else if (!decision.allow) report(link, decision.reason, subscription.topic)
          // A resumed session can contain filters that are not allowed any more. They have to be removed from it.
          if (client.connected) link.denied.push(subscription.topic)
          else connections.forget(link, [subscription.topic])
          // With null, SUBACK refuses the filter and the connection stays open. An error would close it.
          done(null, null)
        },
      )
    },

    authorizeForward(client, packet) {
      const link = linkOf(client)
      if (link === undefined || link.connection === null) return null
      let mayHear = false
      try {
        mayHear = host.authorizeForward(link.connection.principal, packet.topic)
      } catch {
        // A failed check means no.
      }
      if (mayHear && isWanted(client, packet, Date.now)) return packet
      if (mayHear && firstReport(link, 'too large'))
        host.refused({ reason: 'limit', clientId: link.clientId, address: link.address, topic: packet.topic })
      // A message from the stored queue has a slot already.
      if (packet.messageId !== undefined && link.window?.isResuming() === true) link.window.giveBack()
      return null
    },

    published(packet, client, done) {
      const connection = client === null ? null : linkOf(client)?.connection
      if (connection != null && packet.topic !== NOWHERE) {
        const { payload } = packet
        host.received({
          topic: packet.topic,
          payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
          principal: connection.principal,
        })
      }
      done(null)
    },
  }
}
