import { randomUUID } from 'node:crypto'
import { DjiCloudError, isDjiCloudError } from '../errors.ts'
import type { OutboundMessage } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { Envelope } from './messages.ts'
import { productTopic } from './topics.ts'

/** How a command to a device is sent. */
export interface CommandOptions {
  /** How long to wait for the reply, ms. @default 10000 */
  readonly timeoutMs?: number | undefined
}

/** `data` of a `services_reply`. */
export interface CommandReply {
  readonly result: number
  readonly output?: unknown
  readonly [field: string]: unknown
}

/** A message on `drc/down`: an order from DJI's DRC pages, such as `stick_control`. */
export interface DrcCommand {
  readonly method: string
  /** @default {} */
  readonly data?: unknown | undefined
  /** The answer on `drc/up` has the same number. @default one more than the last one that was sent to this gateway */
  readonly seq?: number | undefined
}

export interface Commands {
  /**
   * Sends `services` and waits for its reply.
   * @throws DjiCloudError DEVICE_TIMEOUT, DEVICE_REFUSED (a result other than 0, in `data`), DEVICE_OFFLINE,
   * BROKER_UNAVAILABLE
   */
  call(gateway: string, method: string, data: unknown, options?: CommandOptions): Promise<CommandReply>
  /** Sends `property/set`. Resolves with the result of each property. Throws the same errors as `call`. */
  setProperties(gateway: string, properties: object, options?: CommandOptions): Promise<CommandReply>
  /**
   * Sends `drc/down` with QoS 0: it may be lost, because an old stick position is worse than none. Resolves with its `seq`
   * when the broker has it. Throws BROKER_UNAVAILABLE, INVALID_INPUT.
   */
  sendDrcCommand(gateway: string, command: DrcCommand): Promise<number>
  /** Takes a reply. @returns whether a command was waiting for it */
  replied(kind: ReplyKind, gateway: string, envelope: Envelope): boolean
  /** The gateway is offline: its open commands fail with DEVICE_OFFLINE. */
  gone(left: { readonly gateway: string }): void
  close(): void
}

export type ReplyKind = 'services_reply' | 'property/set_reply'

const DEFAULT_TIMEOUT_MS = 10_000
const MAX_TIMEOUT_MS = 600_000

interface Waiting {
  readonly gateway: string
  readonly kind: ReplyKind
  readonly bid: string
  readonly method: string
  readonly settle: (outcome: CommandReply | DjiCloudError) => void
}

export function createCommands(parts: {
  readonly publish: (message: OutboundMessage) => Promise<void>
  readonly clock: Clock
}): Commands {
  const { publish, clock } = parts
  const waiting = new Map<string, Waiting>()
  /** The last `seq` that was sent to each gateway over DRC. */
  const sequences = new Map<string, number>()

  async function sendDrcCommand(gateway: string, { method, data = {}, seq }: DrcCommand): Promise<number> {
    if (typeof method !== 'string' || method === '') throw invalidCommand('method', 'needs a text')
    const next = seq ?? ((sequences.get(gateway) ?? 0) + 1) % Number.MAX_SAFE_INTEGER
    if (!Number.isSafeInteger(next) || next < 0)
      throw invalidCommand('seq', 'needs a whole number, 0 or more')
    sequences.set(gateway, next)
    const topic = productTopic('thing', gateway, 'drc/down')
    await publish({ topic, payload: JSON.stringify({ method, data, seq: next }), qos: 0 }).catch(
      (cause: unknown) => {
        throw new DjiCloudError('BROKER_UNAVAILABLE', { cause })
      },
    )
    return next
  }

  function send(
    kind: ReplyKind,
    gateway: string,
    body: { readonly method?: string; readonly data: unknown },
    timeout: number = DEFAULT_TIMEOUT_MS,
  ): Promise<CommandReply> {
    const [tid, bid] = [randomUUID(), randomUUID()]
    const method = body.method ?? 'property/set'
    return new Promise((resolve, reject) => {
      const settle = (outcome: CommandReply | DjiCloudError): void => {
        clearTimeout(timer)
        waiting.delete(tid)
        if (isDjiCloudError(outcome)) reject(outcome)
        else resolve(outcome)
      }
      const late = () => settle(new DjiCloudError('DEVICE_TIMEOUT', { data: { device: gateway, method } }))
      const timer = setTimeout(late, Math.min(Math.max(timeout, 1), MAX_TIMEOUT_MS))
      waiting.set(tid, { gateway, kind, bid, method, settle })
      publish({
        topic: productTopic('thing', gateway, kind.replace('_reply', '')),
        payload: JSON.stringify({ tid, bid, timestamp: clock.now(), ...body }),
        qos: 1,
      }).catch((cause: unknown) => settle(new DjiCloudError('BROKER_UNAVAILABLE', { cause })))
    })
  }

  return {
    call: (gateway, method, data, options) =>
      send('services_reply', gateway, { method, data: data ?? {} }, options?.timeoutMs),
    setProperties: (gateway, properties, options) =>
      send('property/set_reply', gateway, { data: properties }, options?.timeoutMs),
    sendDrcCommand,
    replied(kind, gateway, { tid, data }) {
      const asked = waiting.get(tid ?? '')
      // The gateway is compared as well: a controller must not answer for another.
      if (asked === undefined || asked.gateway !== gateway || asked.kind !== kind) return false
      const reply = (typeof data === 'object' && data !== null ? data : {}) as CommandReply
      const result = resultOf(kind, reply)
      asked.settle(
        result === 0
          ? reply
          : new DjiCloudError('DEVICE_REFUSED', {
              message: `The device refused ${asked.method} with result ${result}.`,
              data: { device: gateway, method: asked.method, result, reply },
            }),
      )
      return true
    },
    gone({ gateway }) {
      sequences.delete(gateway)
      for (const asked of [...waiting.values()])
        if (asked.gateway === gateway)
          asked.settle(
            new DjiCloudError('DEVICE_OFFLINE', { data: { device: gateway, method: asked.method } }),
          )
    },
    close() {
      for (const asked of [...waiting.values()]) asked.settle(new DjiCloudError('SHUTTING_DOWN'))
    },
  }
}

const invalidCommand = (field: string, message: string): DjiCloudError =>
  new DjiCloudError('INVALID_INPUT', {
    message: `The DRC command has an invalid field: ${field} ${message}.`,
    data: { issues: [{ field, message }] },
  })

/** In a reply to `property/set` each property has its own result. The first that is not 0 counts for all. */
function resultOf(kind: ReplyKind, reply: CommandReply): number {
  if (kind === 'services_reply') return numberOf(reply.result)
  const results = Object.values(reply).map((one) =>
    numberOf(typeof one === 'object' && one !== null ? (one as { result?: unknown }).result : one),
  )
  return results.find((result) => result !== 0) ?? 0
}

/** A reply without a result is a success: some devices send none. Numbers may come as texts (facts D3). */
const numberOf = (value: unknown): number => {
  if (value === undefined || value === null) return 0
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : -1
}
