import { check } from '../../core/checking/explain.ts'
import { type Trace, traceSchema } from './trace.ts'

/**
 * Reads a trace from a file.
 * @throws TypeError naming the first field that is wrong
 */
export function readTrace(text: string): Trace {
  const checked = check(traceSchema, jsonOf(text))
  if (checked.ok) return checked.value
  const [first] = checked.problems
  throw new TypeError(`This is no trace of this version: ${first?.path || 'it'} ${first?.text}.`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TypeError('This is no trace: it is not JSON.', { cause })
  }
}
