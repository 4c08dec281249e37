import type { Registry } from '../devices/registry.ts'
import type { Telemetry } from '../devices/telemetry.ts'
import { MAX_KEPT_BYTES } from '../devices/telemetry.ts'
import type { CloudEmitter } from '../events.ts'
import type { InboundMessage, OutboundMessage, Principal } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Commands, ReplyKind } from './commands.ts'
import type { DeviceHandlers } from './device-handlers.ts'
import { createGatewayRoutes, type Handler, type Mail, type Work } from './gateway-routes.ts'
import { isTopology, parseMessage, parseOsd, parseTopology } from './messages.ts'
import { createRates, RATES, type RateKind, type Rates } from './rates.ts'
import { hintOf } from './refusal-hints.ts'
import type { Requests } from './requests.ts'
import type { OpenTopicTable } from './topic-table.ts'
import { productTopic } from './topics.ts'

export interface GatewayProtocolParts {
  readonly registry: Pick<Registry, 'learn' | 'seen' | 'access' | 'isOpen'>
  readonly telemetry: Pick<Telemetry, 'osd' | 'state'>
  readonly requests: Pick<Requests, 'answer'>
  /** Who does something with an event beyond hearing of it, by method. Default: nobody. */
  readonly events?: Pick<DeviceHandlers, 'handle'>
  /** Topics of plugins. Default: there are none. */
  readonly topics?: Pick<OpenTopicTable, 'handlerOf'>
  /** Counts a message. @param kind such as `thing/osd`; `plugin`: on a topic of a plugin */
  readonly count?: (kind: string) => void
  readonly commands: Pick<Commands, 'replied'>
  readonly publish: (message: OutboundMessage) => Promise<void>
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  readonly logger: Logger
  /** A topology is answered after at most this long, learned or not. Default 3,000. Milliseconds. */
  readonly learnTimeoutMs?: number
  /** What each gateway may send. @default RATES */
  readonly rates?: Pick<Rates, 'take'>
}

export interface GatewayProtocol {
  /**
   * For `onMessage` of the broker host. Never throws.
   * @returns resolves when the message has been dealt with; undefined when it already is
   */
  receive(message: InboundMessage): Promise<void> | undefined
}

const TOO_MUCH = `data: more than is kept of one device (${MAX_KEPT_BYTES / 1024} KiB)`

const DEALT_WITH: Work = undefined

export function createGatewayProtocol(parts: GatewayProtocolParts): GatewayProtocol {
  const { registry, telemetry, requests, commands, publish, emit, clock, logger } = parts
  const { learnTimeoutMs = 3_000, rates = createRates(() => clock.now()) } = parts

  const invalid = (principal: Principal | null, topic: string, reason: string): void =>
    emit('message.invalid', {
      workspaceId: principal?.workspaceId ?? null,
      gateway: principal?.gateway ?? null,
      topic,
      reason,
      at: clock.now(),
    })

  const about = (mail: Mail) => ({
    workspaceId: mail.principal.workspaceId,
    gateway: mail.gateway,
    serial: mail.topic.serial,
    at: clock.now(),
  })

  /** Written out, as in `tell`: to spread one object into another cost more than all else that is done with a message. */
  const heardOf = <Data>(mail: Mail, data: Data) => ({
    workspaceId: mail.principal.workspaceId,
    gateway: mail.gateway,
    serial: mail.topic.serial,
    at: clock.now(),
    data,
  })

  function tell(mail: Mail): void {
    const { method = null, seq = null, data } = mail.envelope
    const { workspaceId, gateway, serial, at } = about(mail)
    const { suffix: channel } = mail.topic
    emit('device.event', { workspaceId, gateway, serial, at, channel, method, seq, data })
  }

  async function reply(mail: Mail, topics: readonly string[], data: object): Promise<void> {
    const { tid, bid, method } = mail.envelope
    const payload = JSON.stringify({ tid, bid, timestamp: clock.now(), method, data })
    for (const topic of topics) await publish({ topic, payload, qos: 1 })
  }

  const replyTo = (mail: Mail, data: object): Promise<void> => reply(mail, [`${mail.name}_reply`], data)

  async function learn(mail: Mail): Promise<void> {
    const topology = parseTopology(mail.envelope.data)
    if (!topology.ok) return invalid(mail.principal, mail.name, topology.reason)
    for (const problem of topology.value.problems) invalid(mail.principal, mail.name, problem)
    const { refused, inUse } = await registry.learn(mail.gateway, topology.value)
    for (const reason of refused) invalid(mail.principal, mail.name, `sub_devices: ${reason}`)
    for (const serial of inUse)
      emit('mqtt.refused', {
        ...{ at: clock.now(), address: null, reason: 'in_use', username: null },
        ...{ clientId: mail.gateway, topic: mail.name, gateway: mail.gateway, serial },
        hint: hintOf({ reason: 'in_use', gateway: mail.gateway, serial }),
      })
  }

  /**
   * Without an answer no aircraft OSD ever starts (facts D3), so there is always one: after learning, since the first
   * OSD follows at once, but neither a failing nor a hanging store holds it back.
   */
  async function status(mail: Mail): Promise<void> {
    if (isTopology(mail.envelope)) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, learnTimeoutMs)
      })
      const learned = learn(mail).catch((error: unknown) =>
        logger.error({ err: error, gateway: mail.gateway }, 'topology not learned'),
      )
      await Promise.race([learned, late])
      clearTimeout(timer)
    } else tell(mail)
    const topics = [productTopic('sys', mail.gateway, 'status_reply')]
    // A topology on thing/.../status is answered on both: which of the two RC Plus 2 reads is unverified (facts D2).
    if (mail.topic.root === 'thing') topics.push(productTopic('thing', mail.gateway, 'status_reply'))
    await reply(mail, topics, { result: 0 })
  }

  async function request(mail: Mail): Promise<void> {
    const { method, data } = mail.envelope
    const { workspaceId, gateway, ...rest } = about(mail)
    const answer = method === undefined ? null : await requests.answer({ workspaceId, gateway, method, data })
    const answered = answer !== null
    emit('device.request', { workspaceId, gateway, ...rest, method: method ?? null, data, answered })
    if (answered) await replyTo(mail, answer)
  }

  async function event(mail: Mail): Promise<void> {
    tell(mail)
    const { method, data, needReply } = mail.envelope
    const { workspaceId, gateway, serial } = about(mail)
    const handled =
      method === undefined ? null : parts.events?.handle({ workspaceId, gateway, serial, method, data })
    const answer = (await handled) ?? { result: 0 }
    if (needReply) await replyTo(mail, answer)
  }

  /** Properties. Acknowledged: harmless where nobody waits for it (facts D2). */
  async function state(mail: Mail, isOnline: boolean): Promise<void> {
    const parsed = parseOsd(mail.envelope.data)
    if (parsed.ok) {
      const heard = heardOf(mail, parsed.value)
      if (!telemetry.state(heard, isOnline)) invalid(mail.principal, mail.name, TOO_MUCH)
      emit('device.state', heard)
    } else invalid(mail.principal, mail.name, parsed.reason)
    await replyTo(mail, { result: 0 })
  }

  function answer(mail: Mail): Work {
    const awaited = commands.replied(mail.topic.suffix as ReplyKind, mail.gateway, mail.envelope)
    // Too late, or the answer to something that the host sent in its own way.
    if (!awaited) tell(mail)
    return DEALT_WITH
  }

  /** Nobody waits for an answer: DRC, several a second, and probes, which are documented nowhere (facts D2). */
  function notice(mail: Mail): Work {
    tell(mail)
    return DEALT_WITH
  }

  /** Told to the host besides, like every other message of a device. */
  async function ofPlugin(mail: Mail): Promise<void> {
    tell(mail)
    const { workspaceId, gateway, serial } = about(mail)
    const topic = `${mail.topic.root}/${mail.topic.suffix}`
    await parts.topics?.handlerOf(topic)?.({ workspaceId, gateway, serial, topic, message: mail.body })
  }

  const handlers: Readonly<Record<string, Handler>> = {
    'sys/status': status,
    'thing/status': status,
    'thing/requests': request,
    'thing/events': event,
    'thing/state': state,
    'thing/services_reply': answer,
    'thing/property/set_reply': answer,
    'thing/drc/up': notice,
    'sys/network/probe': notice,
  }
  const routeOf = createGatewayRoutes({
    handlers,
    ofPlugin,
    isOfPlugin: (kind) => parts.topics?.handlerOf(kind) !== undefined,
  })

  /** By far the most messages are these: no promise, no copy. */
  function osd(mail: Mail): void {
    const parsed = parseOsd(mail.envelope.data)
    if (!parsed.ok) {
      invalid(mail.principal, mail.name, parsed.reason)
      return
    }
    if (!registry.seen(mail.gateway, mail.topic.serial, true)) return
    const heard = heardOf(mail, parsed.value)
    if (!telemetry.osd(heard)) invalid(mail.principal, mail.name, TOO_MUCH)
    emit('device.osd', heard)
  }

  function isWithin(principal: Principal, gateway: string, name: string, kind: RateKind): boolean {
    const verdict = rates.take(gateway, kind)
    if (verdict.ok) return true
    const { burst, perSecond } = RATES[kind]
    if (verdict.dropped !== null)
      invalid(
        principal,
        name,
        `rate: more ${kind} than a gateway may send (${burst} at once, ${perSecond} a second); dropped: ${verdict.dropped}`,
      )
    return false
  }

  function handle(message: InboundMessage): Work {
    const { principal, topic: name } = message
    const route = routeOf(name)
    const gateway = principal?.gateway ?? null
    if (route === null || principal === null || gateway === null) return DEALT_WITH
    const { topic, handler, counted, metric } = route
    parts.count?.(metric)
    // The broker has checked this already; brokers that others run may not have.
    if (topic.serial !== gateway && !registry.access(gateway).has(topic.serial)) {
      invalid(principal, name, 'topic: not a device of this gateway')
      return DEALT_WITH
    }
    // Ignore late messages: after it is offline, they would show it as online again.
    if (!registry.isOpen(gateway)) {
      invalid(principal, name, 'connection: is gone, or being closed')
      return DEALT_WITH
    }
    if (counted !== undefined && !isWithin(principal, gateway, name, counted)) return DEALT_WITH
    const parsed = parseMessage(message.payload)
    if (!parsed.ok) {
      invalid(principal, name, parsed.reason)
      return DEALT_WITH
    }
    const { envelope, body } = parsed.value
    const { removed } = envelope
    if (removed !== undefined) invalid(principal, name, `payload: the key ${removed} was taken out`)
    const mail: Mail = { principal, gateway, topic, name, envelope, body }
    if (handler === undefined) {
      osd(mail)
      return DEALT_WITH
    }
    return handler(mail, registry.seen(gateway, topic.serial))
  }

  return {
    receive(message) {
      const failed = (error: unknown): void =>
        logger.warn({ err: error, topic: message.topic }, 'message not dealt with')
      try {
        const work = handle(message)
        return work?.catch(failed)
      } catch (error) {
        failed(error)
        return DEALT_WITH
      }
    },
  }
}
