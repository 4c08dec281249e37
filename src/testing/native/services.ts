import type { NativeContext } from './context.ts'
import { isKnownService } from './known-services.ts'

/** Live streaming without an aircraft (facts B3). */
const LIVE_NO_AIRCRAFT = 613001
/**
 * For a service that Pilot does not know. The leading 6 means that the error comes from Pilot (facts B3). The real
 * number is not known. This one is only different from 0 and from all known codes.
 */
const UNKNOWN_SERVICE = 600000

type Body = Record<string, unknown>

const reply = (body: Body, context: NativeContext, data: unknown): object => ({
  tid: body.tid,
  bid: body.bid,
  timestamp: context.timers.now(),
  gateway: context.gateway.serial,
  method: body.method,
  data,
})

/**
 * services_reply to one `services` call: the answer of the test's own function, a refusal if no controller has the
 * service, or success.
 * @returns null: no reply is sent
 */
export function answerService(body: Body, context: NativeContext): object | null {
  const method = typeof body.method === 'string' ? body.method : ''
  const chosen = context.services?.(method, body.data)
  if (chosen) return reply(body, context, chosen)
  if (!isKnownService(method) && context.knobs.unknownService !== 'accepted')
    return context.knobs.unknownService === 'silent'
      ? null
      : reply(body, context, { result: UNKNOWN_SERVICE })
  const live = method.startsWith('live_') && context.state.aircraft === null
  return reply(body, context, { result: live ? LIVE_NO_AIRCRAFT : 0 })
}

/** property/set_reply: reports that each property was set. */
export function answerProperties(body: Body, context: NativeContext): object {
  const names = body.data !== null && typeof body.data === 'object' ? Object.keys(body.data) : []
  return reply(body, context, Object.fromEntries(names.map((name) => [name, { result: 0 }])))
}
