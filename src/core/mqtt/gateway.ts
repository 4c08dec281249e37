import type { Registry } from '../devices/registry.ts'
import type { CloudEmitter } from '../events.ts'
import type { InboundMessage, OutboundMessage, Principal } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { type Envelope, parseEnvelope, parseOsd, parseTopology } from './messages.ts'
import { type ProductTopic, parseProductTopic, productTopic } from './topics.ts'

/** What a gateway that sends `config` before anything else wants to hear (facts D2). */
export interface GatewayLicense {
  readonly app_id: string
  readonly app_key: string
  readonly app_license: string
  readonly ntp_server_host?: string
}

export interface GatewayProtocolParts {
  readonly registry: Pick<Registry, 'learn' | 'seen' | 'access'>
  readonly publish: (message: OutboundMessage) => Promise<void>
  readonly emit: CloudEmitter['emit']
  readonly clock: Clock
  readonly logger: Logger
  readonly license?: () => GatewayLicense | null
  /** A topology is answered after at most this long, learned or not. Default 3,000. Milliseconds. */
  readonly learnTimeoutMs?: number
}

export interface GatewayProtocol {
  /** For `onMessage` of the broker host. Never throws; resolves when the message has been dealt with. */
  receive(message: InboundMessage): Promise<void>
}

interface Mail {
  readonly principal: Principal
  /** The principal's gateway, known by now. */
  readonly gateway: string
  readonly topic: ProductTopic
  readonly name: string
  readonly envelope: Envelope
}

/** Shapes of DJI's dock pages; Pilot needs no more than some answer (facts D2). */
const AIRPORT: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  airport_bind_status: { bind_status: [] },
  airport_organization_get: { organization_name: '' },
  airport_organization_bind: { err_infos: [] },
}

export function createGatewayProtocol(parts: GatewayProtocolParts): GatewayProtocol {
  const { registry, publish, emit, clock, logger, license = () => null, learnTimeoutMs = 3_000 } = parts

  const invalid = (principal: Principal | null, topic: string, reason: string): void =>
    emit('message.invalid', {
      workspaceId: principal?.workspaceId ?? null,
      gateway: principal?.gateway ?? null,
      topic,
      reason,
      at: clock.now(),
    })

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
    const { refused } = await registry.learn(mail.gateway, topology.value)
    for (const reason of refused) invalid(mail.principal, mail.name, `sub_devices: ${reason}`)
  }

  /**
   * Without an answer no aircraft OSD ever starts (facts D3), so there is always one: after learning, since the first
   * OSD follows at once, but neither a failing nor a hanging store holds it back.
   */
  async function status(mail: Mail): Promise<void> {
    const { method, data } = mail.envelope
    if (method === 'update_topo' || (method === undefined && data !== undefined)) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, learnTimeoutMs)
      })
      const learned = learn(mail).catch((error: unknown) =>
        logger.error({ err: error, gateway: mail.gateway }, 'topology not learned'),
      )
      await Promise.race([learned, late])
      clearTimeout(timer)
    }
    const topics = [productTopic('sys', mail.gateway, 'status_reply')]
    // A topology on thing/.../status is answered on both: which of the two RC Plus 2 reads is unverified (facts D2).
    if (mail.topic.root === 'thing') topics.push(productTopic('thing', mail.gateway, 'status_reply'))
    await reply(mail, topics, { result: 0 })
  }

  async function requests(mail: Mail): Promise<void> {
    const { method } = mail.envelope
    if (method === 'config') return replyTo(mail, { result: 0, ...license() })
    const output = method !== undefined && Object.hasOwn(AIRPORT, method) ? AIRPORT[method] : undefined
    if (output !== undefined) await replyTo(mail, { result: 0, output })
  }

  async function osd(mail: Mail): Promise<void> {
    const parsed = parseOsd(mail.envelope.data)
    if (!parsed.ok) return invalid(mail.principal, mail.name, parsed.reason)
    emit('device.osd', {
      workspaceId: mail.principal.workspaceId,
      gateway: mail.gateway,
      serial: mail.topic.serial,
      at: clock.now(),
      data: parsed.value,
    })
  }

  const handlers: Readonly<Record<string, (mail: Mail) => Promise<void>>> = {
    'sys/status': status,
    'thing/status': status,
    'thing/requests': requests,
    'thing/events': async (mail) => {
      if (mail.envelope.needReply) await replyTo(mail, { result: 0 })
    },
    // Harmless where nobody waits for it (facts D2).
    'thing/state': (mail) => replyTo(mail, { result: 0 }),
    'thing/osd': osd,
  }

  async function handle(message: InboundMessage): Promise<void> {
    const { principal, topic: name } = message
    const topic = parseProductTopic(name)
    const gateway = principal?.gateway ?? null
    if (topic === null || principal === null || gateway === null) return
    const kind = `${topic.root}/${topic.suffix}`
    const handler = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined
    if (handler === undefined) return
    // The broker has checked this already; brokers that others run may not have.
    if (topic.serial !== gateway && !registry.access(gateway).has(topic.serial)) {
      return invalid(principal, name, 'topic: not a device of this gateway')
    }
    const envelope = parseEnvelope(message.payload)
    if (!envelope.ok) return invalid(principal, name, envelope.reason)
    registry.seen(gateway, topic.serial)
    await handler({ principal, gateway, topic, name, envelope: envelope.value })
  }

  return {
    async receive(message) {
      try {
        await handle(message)
      } catch (error) {
        logger.warn({ err: error, topic: message.topic }, 'message not dealt with')
      }
    },
  }
}
