import { MODULE_NAMES } from '../../../bridge/index.ts'
import type { TraceAnswer, TraceEntry } from '../../../testing/trace/trace.ts'

/**
 * Decides what is recorded of a bridge call. A value is recorded only if this module knows that it is not personal or
 * secret. Of any other value, only type and length are recorded. Nothing is masked later.
 */
type Plain = boolean | number | null | string
type Data = Plain | Record<string, Plain>

const isModule = (value: unknown): boolean => (MODULE_NAMES as readonly unknown[]).indexOf(value) >= 0
const COMPONENT = /^platform(Load|Unload|IsComponent)/
/** The name of a global function of the page. */
const IDENTIFIER = /^[A-Za-z_$][\w$.]{0,60}$/
/** Texts that name a state, in any form. */
const STATES = ['', 'true', 'false', '{}', 'success', 'null']
const LONG = /[A-Za-z0-9+/=_.-]{16,}/g

const masked = (text: string): string => `<masked ${text.length}>`
const kind = (value: unknown): string =>
  typeof value === 'string' ? `string(${value.length})` : value === null ? 'null' : typeof value

/** `ssl://<host>:8883`: only scheme and port are recorded, which show the transport. */
function address(text: string): string {
  const parts = /^([a-z]+):\/\/[^/:?#]*(:\d{1,5})?/i.exec(text)
  return parts === null ? kind(text) : `${parts[1]}://<host>${parts[2] || ''}`
}

function params(text: unknown): string {
  if (typeof text !== 'string') return kind(text)
  try {
    const object: unknown = JSON.parse(text)
    if (typeof object !== 'object' || object === null) return kind(text)
    const fields = object as Record<string, unknown>
    return Object.keys(fields)
      .filter((name) => IDENTIFIER.test(name))
      .map((name) => {
        const value = fields[name]
        if (name === 'host' && typeof value === 'string') return `host=${address(value)}`
        const callback = /callback/i.test(name) && typeof value === 'string' && IDENTIFIER.test(value)
        return `${name}=${callback ? value : kind(value)}`
      })
      .join(' ')
      .slice(0, 300)
  } catch {
    return kind(text)
  }
}

export function recordArgs(method: string, args: readonly unknown[]): string[] {
  return args.slice(0, 12).map((value, index) => {
    if (COMPONENT.test(method) && index === 0)
      return typeof value === 'string' && isModule(value) ? value : kind(value)
    if (method === 'platformLoadComponent' && index === 1) return params(value)
    return kind(value)
  })
}

/** Pilot's error texts contain no known secret. Anything that looks like one is removed. */
const message = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, 200).replace(LONG, (text) => masked(text)) : ''

/** Masks `data` of an answer. Texts are recorded only if their name is on the list. */
function recordData(method: string, value: unknown): Data {
  if (typeof value === 'boolean' || typeof value === 'number' || value === null) return value
  if (value === undefined) return null
  if (typeof value === 'string') return recordText(method, value)
  const found: Record<string, Plain> = {}
  const fields = value as Record<string, unknown>
  for (const name of Object.keys(fields)) {
    if (!IDENTIFIER.test(name)) continue
    const field = fields[name]
    if (typeof field === 'boolean' || typeof field === 'number' || field === null) found[name] = field
    else if (method === 'platformGetVersion' && typeof field === 'string') found[name] = field.slice(0, 40)
    else found[name] = masked(typeof field === 'string' ? field : JSON.stringify(field))
  }
  return found
}

function recordText(method: string, text: string): string {
  if (STATES.indexOf(text) >= 0) return text
  if (method === 'platformGetRemoteControllerSN') return '<gateway>'
  if (method === 'platformGetAircraftSN') return '<aircraft>'
  if (method === 'apiGetToken') return '<token>'
  return masked(text)
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function recordAnswer(method: string, returned: unknown): TraceAnswer {
  if (returned === undefined || returned === null) return { as: 'nothing' }
  const object = typeof returned !== 'string'
  const whole = typeof returned === 'string' ? parsed(returned) : returned
  if (!isObject(whole) || typeof whole['code'] !== 'number') {
    const data = recordData(method, object ? whole : returned)
    return {
      as: 'plain',
      value: typeof data === 'object' && data !== null ? masked(JSON.stringify(data)) : data,
    }
  }
  const { code, data } = whole
  const inner = typeof data === 'string' && STATES.indexOf(data) < 0 ? parsed(data) : undefined
  const base = { as: 'envelope' as const, code, message: message(whole['message']), object }
  if (!('data' in whole)) return { ...base, dataAs: 'absent', data: null }
  if (isObject(inner)) return { ...base, dataAs: 'text', data: recordData(method, inner) }
  if (data === 'true' || data === 'false') return { ...base, dataAs: 'text', data }
  return { ...base, dataAs: isObject(data) ? 'object' : 'plain', data: recordData(method, data) }
}

export const recordThrown = (error: unknown): TraceAnswer => ({
  as: 'thrown',
  message: message(error instanceof Error ? error.message : String(error)),
})

type CallbackEntry = Extract<TraceEntry, { kind: 'callback' }>

/** Masks the argument of a callback: a state in one of many shapes (facts B5). */
export function recordCallback(argument: unknown): Pick<CallbackEntry, 'argumentAs' | 'argument'> {
  if (typeof argument === 'string') {
    const inner = parsed(argument)
    return isObject(inner)
      ? { argumentAs: 'json', argument: flat(inner) }
      : { argumentAs: 'text', argument: recordText('', argument) }
  }
  if (isObject(argument)) return { argumentAs: 'object', argument: flat(argument) }
  if (typeof argument === 'boolean' || typeof argument === 'number')
    return { argumentAs: typeof argument, argument }
  return { argumentAs: 'nothing', argument: null }
}

/** Also looks into `data`, as in {code, data: {connectState}}. */
function flat(object: Record<string, unknown>): Record<string, Plain> {
  const inner = isObject(object['data']) ? object['data'] : {}
  const found = { ...(recordData('', object) as Record<string, Plain>) }
  if (isObject(object['data'])) delete found['data']
  return { ...found, ...(recordData('', inner) as Record<string, Plain>) }
}
