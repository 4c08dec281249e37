import type { NativeContext } from './context.ts'

/** Live streaming without an aircraft (facts B3). */
const LIVE_NO_AIRCRAFT = 613001

type Body = Record<string, unknown>

const reply = (body: Body, context: NativeContext, data: unknown): object => ({
  tid: body.tid,
  bid: body.bid,
  timestamp: context.timers.now(),
  gateway: context.gateway.serial,
  method: body.method,
  data,
})

/** services_reply to one `services` call: what the test's own function says, or success. */
export function answerService(body: Body, context: NativeContext): object {
  const method = typeof body.method === 'string' ? body.method : ''
  const chosen = context.services?.(method, body.data)
  if (chosen) return reply(body, context, chosen)
  const live = method.startsWith('live_') && context.state.aircraft === null
  return reply(body, context, { result: live ? LIVE_NO_AIRCRAFT : 0 })
}

/** property/set_reply: each property is set. */
export function answerProperties(body: Body, context: NativeContext): object {
  const names = body.data !== null && typeof body.data === 'object' ? Object.keys(body.data) : []
  return reply(body, context, Object.fromEntries(names.map((name) => [name, { result: 0 }])))
}
