/** What any call of the bridge comes to, whichever shape of facts B1 Pilot chose for it. */
export interface BridgeResult<Data = unknown> {
  /** The command was taken, or the question was answered. */
  readonly ok: boolean
  /** Pilot's own number; null where it gave none (bare value, void, missing method). */
  readonly code: number | null
  /** Pilot's own words; null where it gave none. */
  readonly message: string | null
  readonly data: Data
  /** Set when Pilot never got as far as answering. */
  readonly fault: BridgeFault | null
}

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
 * Reads what a bridge method returned. For commands: `data: false` is a failure even with code 0; no value at all,
 * and `{}`, are successes (facts B1). Questions are read from `data` with `asFlag` and `asText`.
 */
export function normalise(raw: unknown): BridgeResult {
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

/** 0 and 1 are booleans in the pages that saw numbers; anything else can only be an error code (unverified). */
function fromNumber(raw: number): BridgeResult {
  return raw === 0 || raw === 1 ? result(raw === 1, null, null, raw === 1) : result(false, raw, null, null)
}

function fromText(raw: string): BridgeResult {
  const parsed = parse(raw)
  // Text that is no JSON is handed on as it came; so is a serial number or token made of digits only.
  if (parsed === undefined || (typeof parsed === 'number' && parsed !== 0 && parsed !== 1))
    return result(true, null, null, raw)
  return typeof parsed === 'string' ? fromText(parsed) : normalise(parsed)
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

/** `data` may be JSON again: booleans, objects and quoted strings are unwrapped, other text is left alone. */
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

/** The yes or no in an answer or in a callback's argument (facts B1, B5); null where it says neither. */
export function flagOf(data: unknown): boolean | null {
  if (typeof data === 'boolean') return data
  if (typeof data === 'number') return data === 1 ? true : data === 0 ? false : null
  if (typeof data === 'string') {
    const word = data.trim().toLowerCase()
    if (word === 'true' || word === '1' || word === 'connected') return true
    return word === 'false' || word === '0' || word === 'disconnected' || word === 'connecting' ? false : null
  }
  if (!plain(data)) return null
  for (const key of ['connectState', 'connected', 'state', 'data']) if (key in data) return flagOf(data[key])
  // The official demo takes an empty object for a yes.
  return Object.keys(data).length === 0 ? true : null
}

/** A question answered with yes or no: `ok` says that it was answered, `data` what the answer is. */
export function asFlag(answer: BridgeResult): BridgeResult<boolean> {
  const flag = flagOf(answer.data)
  const answered = answer.fault === null && (answer.code === null || answer.code === 0)
  return { ...answer, ok: answered && flag !== null, data: answered && flag === true }
}

/** A question answered with a text; anything that is no text, and every failure, is ''. */
export function asText(answer: BridgeResult): BridgeResult<string> {
  const { data } = answer
  const text = typeof data === 'string' ? data.trim() : typeof data === 'number' ? String(data) : ''
  return { ...answer, data: answer.ok ? text : '' }
}

/** A question answered with an object; null where there is none. */
export function asRecord(answer: BridgeResult): BridgeResult<Readonly<Record<string, unknown>> | null> {
  return { ...answer, data: answer.ok && plain(answer.data) ? answer.data : null }
}
