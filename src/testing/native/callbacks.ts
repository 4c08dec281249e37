import type { Knobs } from '../knobs.ts'

/** The argument of a connect callback as the JavaScript expression that Pilot evaluates (facts B5). */
export function callbackArgument(connected: boolean, knobs: Pick<Knobs, 'callbackArgument'>): string {
  switch (knobs.callbackArgument) {
    case 'boolean':
      return String(connected)
    case 'text':
      return JSON.stringify(String(connected))
    case 'json-text':
      return JSON.stringify(JSON.stringify({ code: 0, data: connected }))
    case 'json-connect-state':
      return JSON.stringify(JSON.stringify({ code: 0, data: { connectState: connected } }))
    case 'object':
      return JSON.stringify({ code: 0, data: connected })
  }
}

/**
 * Names with dots between them. Any other text is refused, because otherwise the page could run any code with a
 * parameter.
 */
const CALLABLE = /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/

/**
 * `name(argument)`, or null if the name cannot be that of a global function. In Pilot, a missing function is not an
 * error.
 */
export function callbackScript(name: string, argument: string): string | null {
  if (!CALLABLE.test(name)) return null
  const guards = name.split('.').map((_, index, parts) => parts.slice(0, index + 1).join('.'))
  return `typeof window.${guards.join(` !== 'undefined' && typeof window.`)} === 'function' && window.${name}(${argument})`
}
