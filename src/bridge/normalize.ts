/** Result of a bridge call, the same for every answer shape of facts B1. */
export interface BridgeResult<Data = unknown> {
  /** True: Pilot accepted the command, or answered the question. */
  readonly ok: boolean
  /** Pilot's code; null if it gave none (bare value, void, missing method). */
  readonly code: number | null
  /** Pilot's message; null if it gave none. */
  readonly message: string | null
  readonly data: Data
  /** Set when Pilot gave no answer at all. */
  readonly fault: BridgeFault | null
}

/** Why Pilot gave no answer: there is no bridge, no such method, or the method threw. */
export type BridgeFault = 'no_bridge' | 'no_method' | 'threw'

const plain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const result = (ok: boolean, code: number | null, message: string | null, data: unknown): BridgeResult => ({
  ok,
  code,
  message,
  data,
  fault: null,
})

export const faulty = (fault: BridgeFault, message: string): BridgeResult<null> => ({
  ok: false,
  code: null,
  message,
  data: null,
  fault,
})

/**
 * Reads the return value of a bridge method. For a command, `data: false` is a failure even with code 0; no value and
 * `{}` are successes (facts B1). For a question, read `data` with `asBoolean` or `asText`.
 */
export function normalize(raw: unknown): BridgeResult {
  if (raw === undefined || raw === null) return result(true, null, null, null)
  if (typeof raw === 'boolean') return result(raw, null, null, raw)
  if (typeof raw === 'number') return fromNumber(raw)
  if (typeof raw === 'string') return fromText(raw)
  if (plain(raw))
    return 'code' in raw
      ? fromEnvelope(raw)
      : result(true, null, null, 'data' in raw ? decoded(raw.data) : raw)
  return result(true, null, null, raw)
}

/** A bare number: 0 and 1 are booleans, as pages in the field saw; any other number is an error code (unverified). */
function fromNumber(raw: number): BridgeResult {
  return raw === 0 || raw === 1 ? result(raw === 1, null, null, raw === 1) : result(false, raw, null, null)
}

function fromText(raw: string): BridgeResult {
  const parsed = parse(raw)
  // Text that is not JSON stays as it is, and so does a serial number or token of digits only.
  if (parsed === undefined || (typeof parsed === 'number' && parsed !== 0 && parsed !== 1))
    return result(true, null, null, raw)
  return typeof parsed === 'string' ? fromText(parsed) : normalize(parsed)
}

function fromEnvelope(raw: Record<string, unknown>): BridgeResult {
  const code = typeof raw.code === 'string' && raw.code.trim() !== '' ? Number(raw.code) : raw.code
  const message = raw.message ?? raw.msg
  const data = decoded(raw.data)
  const known = typeof code === 'number' && !Number.isNaN(code) ? code : null
  return result(
    (known === null || known === 0) && data !== false,
    known,
    typeof message === 'string' && message !== '' ? message : null,
    data,
  )
}

/** `data` may be JSON text again: booleans, objects and quoted strings are parsed, other text stays as it is. */
function decoded(data: unknown): unknown {
  if (typeof data !== 'string' || !/^\s*([{["]|true\s*$|false\s*$)/.test(data))
    return data === undefined ? null : data
  const parsed = parse(data)
  return parsed === undefined ? data : parsed
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads true or false from an answer or a callback's argument (facts B1, B5); null if it is neither. */
export function toBoolean(data: unknown): boolean | null {
  if (typeof data === 'boolean') return data
  if (typeof data === 'number') return data === 1 ? true : data === 0 ? false : null
  if (typeof data === 'string') {
    const word = data.trim().toLowerCase()
    if (word === 'true' || word === '1' || word === 'connected') return true
    return word === 'false' || word === '0' || word === 'disconnected' || word === 'connecting' ? false : null
  }
  if (!plain(data)) return null
  for (const key of ['connectState', 'connected', 'state', 'data'])
    if (key in data) return toBoolean(data[key])
  // DJI's demo treats an empty object as true.
  return Object.keys(data).length === 0 ? true : null
}

/** Result of a yes/no question: `ok` tells that Pilot answered, `data` is the answer. */
export function asBoolean(answer: BridgeResult): BridgeResult<boolean> {
  const flag = toBoolean(answer.data)
  const answered = answer.fault === null && (answer.code === null || answer.code === 0)
  return { ...answer, ok: answered && flag !== null, data: answered && flag === true }
}

/** The result of a method that answers with text; '' if the answer is not text, or on failure. */
export function asText(answer: BridgeResult): BridgeResult<string> {
  const { data } = answer
  const text = typeof data === 'string' ? data.trim() : typeof data === 'number' ? String(data) : ''
  return { ...answer, data: answer.ok ? text : '' }
}

/** Result of a question with a number as the answer; null if there is none. A bare 0 or 1 may arrive as false or true (facts B1). */
export function asNumber(answer: BridgeResult): BridgeResult<number | null> {
  const { data, fault, code } = answer
  const told = typeof data === 'boolean' ? Number(data) : typeof data === 'string' ? numberIn(data) : data
  const value = typeof told === 'number' && Number.isFinite(told) ? told : null
  const answered = fault === null && (code === null || code === 0) && value !== null
  return { ...answer, ok: answered, data: answered ? value : null }
}

const numberIn = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))

/** Result of a question with an object as the answer; null if there is none. */
export function asRecord(answer: BridgeResult): BridgeResult<Readonly<Record<string, unknown>> | null> {
  return { ...answer, data: answer.ok && plain(answer.data) ? answer.data : null }
}
