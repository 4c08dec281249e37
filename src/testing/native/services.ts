import type { NativeContext } from './context.ts'
import { isKnownService } from './known-services.ts'

/** Live streaming without an aircraft (facts B3). */
const LIVE_NO_AIRCRAFT = 613001
/**
 * A service that Pilot does not know. 6 is Pilot as the source of an error (facts B3); what a real one answers is not known,
 * so the number only has to be no success and no other known code.
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
 * services_reply to one `services` call: what the test's own function says, a refusal of what no controller knows, or success.
 * @returns null: it is not answered
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

/** property/set_reply: each property is set. */
export function answerProperties(body: Body, context: NativeContext): object {
  const names = body.data !== null && typeof body.data === 'object' ? Object.keys(body.data) : []
  return reply(body, context, Object.fromEntries(names.map((name) => [name, { result: 0 }])))
}
