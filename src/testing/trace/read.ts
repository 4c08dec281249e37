import { check } from '../../core/checking/explain.ts'
import { type Trace, traceSchema } from './trace.ts'

/**
 * Reads a trace from a file.
 * @throws TypeError that names the first wrong field
 */
export function readTrace(text: string): Trace {
  const checked = check(traceSchema, jsonOf(text))
  if (checked.ok) return checked.value
  const [first] = checked.problems
  throw new TypeError(`This is not a trace of this version: ${first?.path || 'it'} ${first?.text}.`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TypeError('This is not a trace: it is not JSON.', { cause })
  }
}
