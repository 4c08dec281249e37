import type { Registry } from '../devices/registry.ts'
import type { Telemetry } from '../devices/telemetry.ts'
import type { CloudEmitter } from '../events.ts'
import type { OutboundMessage, Principal } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Commands, ReplyKind } from './commands.ts'
import type { DeviceHandlers } from './device-handlers.ts'
import { type Envelope, isTopology, parseOsd, parseTopology } from './messages.ts'
import { hintOf } from './refusals.ts'
import type { Requests } from './requests.ts'
import type { OpenTopicTable } from './topic-table.ts'
import { type ProductTopic, productTopic } from './topics.ts'

/** A message of a gateway that was parsed. */
export interface Mail {
  readonly principal: Principal
  readonly gateway: string
  readonly topic: ProductTopic
  /** The topic as text. */
  readonly name: string
  readonly envelope: Envelope
  /** The whole message. */
  readonly body: Readonly<Record<string, unknown>>
}

/** Undefined: everything is done already. */
export type Work = Promise<void> | undefined

/** @param isOnline false: the gateway has sent no topology yet */
export type Handler = (mail: Mail, isOnline: boolean) => Work

export interface ConversationParts {
  readonly registry: Pick<Registry, 'learn'>
  readonly telemetry: Pick<Telemetry, 'state'>
  readonly requests: Pick<Requests, 'answer'>
  /** Handlers of events, by method. Default: none. */
  readonly events?: Pick<DeviceHandlers, 'handle'>
  /** Topics of plugins. Default: none. */
  readonly topics?: Pick<OpenTopicTable, 'handlerOf'>
  readonly commands: Pick<Commands, 'replied'>
  readonly publish: (message: OutboundMessage) => Promise<void>
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  readonly logger: Logger
  /** A topology is answered after this time at the latest, even if it was not stored. Default 3,000. Milliseconds. */
  readonly learnTimeoutMs?: number
}

/** Handles and answers all messages of gateways except OSD. */
export interface Conversation {
  /** By kind of topic, such as `thing/events`. */
  readonly handlers: Readonly<Record<string, Handler>>
  /** For topics of plugins. */
  readonly ofPlugin: Handler
}

export function createConversation(
  parts: ConversationParts & {
    /** Emits `message.invalid`. */
    readonly invalid: (principal: Principal | null, topic: string, reason: string) => void
    /** The `reason` when a device sends more fields than are kept. */
    readonly tooMuch: string
  },
): Conversation {
  const { registry, telemetry, requests, commands, publish, emit, clock, logger, invalid, tooMuch } = parts
  const { learnTimeoutMs = 3_000 } = parts

  const about = (mail: Mail) => ({
    workspaceId: mail.principal.workspaceId,
    gateway: mail.gateway,
    serial: mail.topic.serial,
    at: clock.now(),
  })

  /** Fields are listed one by one, because `...` would cost more than all other work with a message. */
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
   * Without an answer the aircraft never starts to send OSD (facts D3). So every topology is answered. The answer comes
   * after the topology was stored, because OSD follows the answer at once. It also comes if the store fails or does not
   * answer.
   */
  async function status(mail: Mail): Promise<void> {
    if (isTopology(mail.envelope)) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, learnTimeoutMs)
      })
      const learned = learn(mail).catch((error: unknown) =>
        logger.error(
          { err: error, gateway: mail.gateway },
          'A topology was answered but not stored: its aircraft may not come online. Check the device store; Pilot sends the topology again when it reconnects.',
        ),
      )
      await Promise.race([learned, late])
      clearTimeout(timer)
    } else tell(mail)
    const topics = [productTopic('sys', mail.gateway, 'status_reply')]
    // A topology on thing/.../status is answered on both topics. Which of them the RC Plus 2 reads is not verified
    // (facts D2).
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

  /** Properties. They are always acknowledged. A device that waits for no answer ignores it (facts D2). */
  async function state(mail: Mail, isOnline: boolean): Promise<void> {
    const parsed = parseOsd(mail.envelope.data)
    if (parsed.ok) {
      const heard = { ...about(mail), data: parsed.value }
      if (!telemetry.state(heard, isOnline)) invalid(mail.principal, mail.name, tooMuch)
      emit('device.state', heard)
    } else invalid(mail.principal, mail.name, parsed.reason)
    await replyTo(mail, { result: 0 })
  }

  function answer(mail: Mail): Work {
    const awaited = commands.replied(mail.topic.suffix as ReplyKind, mail.gateway, mail.envelope)
    // The reply came too late, or it answers a message that the host itself has published.
    if (!awaited) tell(mail)
    return undefined
  }

  /**
   * Messages for which the device waits for no answer: DRC, several a second, and probes, which DJI does not document
   * (facts D2).
   */
  function notice(mail: Mail): Work {
    tell(mail)
    return undefined
  }

  /** The host gets it as well, like every other message of a device. */
  async function ofPlugin(mail: Mail): Promise<void> {
    tell(mail)
    const { workspaceId, gateway, serial } = about(mail)
    const topic = `${mail.topic.root}/${mail.topic.suffix}`
    await parts.topics?.handlerOf(topic)?.({ workspaceId, gateway, serial, topic, message: mail.body })
  }

  const handlers = {
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
  return { handlers, ofPlugin }
}
