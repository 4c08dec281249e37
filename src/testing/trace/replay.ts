import type { Knobs } from '../knobs.ts'
import { ALL_METHODS } from '../native/bridge.ts'
import type { NativeContext, Replay } from '../native/context.ts'
import { AIRCRAFT, GATEWAY, MASKED, TOKEN, type Trace, type TraceAnswer } from './trace.ts'

/** All components are loaded by the same method, so the component's name is needed to find the right answer. */
const PER_COMPONENT = /^platform(Load|Unload|IsComponent)\w*$/
const ACTION = /^(?!.*(Get|Is))/

const keyOf = (method: string, first: unknown): string =>
  PER_COMPONENT.test(method) ? `${method} ${String(first)}` : method

/** Gives the answers of each method in the order in which they were recorded. After the last answer, it is repeated. */
export function createReplay(trace: Trace): Replay {
  const queues = new Map<string, TraceAnswer[]>()
  for (const entry of trace.entries) {
    if (entry.kind !== 'call') continue
    const key = keyOf(entry.method, entry.args[0])
    queues.set(key, [...(queues.get(key) ?? []), entry.answer])
  }
  return {
    next(method, args) {
      const queue = queues.get(keyOf(method, args[0]))
      const recorded = queue !== undefined && queue.length > 1 ? queue.shift() : queue?.[0]
      if (recorded === undefined) return null
      return {
        refused: ACTION.test(method) && isRefusal(recorded),
        answer: (own, context) => spoken(recorded, own, context),
      }
    },
  }
}

function isRefusal(answer: TraceAnswer): boolean {
  if (answer.as === 'thrown') return true
  if (answer.as === 'plain') return answer.value === false || answer.value === 'false'
  if (answer.as === 'nothing') return false
  return answer.code !== 0 || answer.data === false || answer.data === 'false'
}

function spoken(
  recorded: TraceAnswer,
  own: unknown,
  { gateway, state }: Pick<NativeContext, 'gateway' | 'state'>,
): unknown {
  let masked = false
  const back = (value: unknown): unknown => {
    if (value === GATEWAY) return gateway.serial
    if (value === AIRCRAFT) return state.aircraft?.serial ?? ''
    if (value === TOKEN) return state.token
    if (typeof value === 'string' && MASKED.test(value)) masked = true
    return value
  }
  switch (recorded.as) {
    case 'nothing':
      return undefined
    case 'thrown':
      // The recorded call threw, so the trace has no answer for it. A replay never throws; it answers with nothing.
      return undefined
    case 'plain': {
      const value = back(recorded.value)
      return masked ? own : value
    }
    case 'envelope': {
      const { code, message, dataAs, object } = recorded
      const data =
        typeof recorded.data === 'object' && recorded.data !== null
          ? Object.fromEntries(Object.entries(recorded.data).map(([name, value]) => [name, back(value)]))
          : back(recorded.data)
      if (masked) return own
      const told = dataAs === 'text' && typeof data !== 'string' ? JSON.stringify(data) : data
      const whole = dataAs === 'absent' ? { code, message } : { code, message, data: told }
      return object ? whole : JSON.stringify(whole)
    }
  }
}

/** What a trace shows about the knobs: the missing methods, the user agent, and the form of callback arguments. */
export function knobsOfTrace(trace: Trace): Partial<Knobs> {
  const callbacks = trace.entries.filter((entry) => entry.kind === 'callback')
  const shape = callbacks.map(callbackKnob).find((found) => found !== null)
  // The shape of the argument does not matter: a connect callback says only true or false.
  const saysFalseFirst = callbacks.length > 0 && !JSON.stringify(callbacks[0]?.argument).includes('true')
  return {
    missingMethods: ALL_METHODS.filter((name) => !trace.methods.includes(name)),
    ...(trace.userAgent.includes('dji-open-platform') ? { webViewUserAgent: trace.userAgent } : {}),
    ...(shape === undefined || shape === null ? {} : { callbackArgument: shape }),
    ...(callbacks.length === 0
      ? {}
      : { callbackSequence: saysFalseFirst ? ('false-then-true' as const) : ('true-only' as const) }),
  }
}

function callbackKnob({
  argumentAs,
  argument,
}: Extract<Trace['entries'][number], { kind: 'callback' }>): Knobs['callbackArgument'] | null {
  if (argumentAs === 'boolean') return 'boolean'
  if (argumentAs === 'object') return 'object'
  if (argumentAs === 'json') {
    const nested = typeof argument === 'object' && argument !== null && 'connectState' in argument
    return nested ? 'json-connect-state' : 'json-text'
  }
  return argumentAs === 'text' ? 'text' : null
}
