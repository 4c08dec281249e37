import { z } from 'zod'
import { type Checked, check, type Problem } from '../checking/explain.ts'
import { deviceModel } from '../devices/models.ts'
import type { DeviceModel } from '../events.ts'
import { isSerial } from './topics.ts'

/** The fields that every message of the Cloud API has beside its data (facts D3). */
export interface Envelope {
  readonly tid: string | undefined
  readonly bid: string | undefined
  readonly method: string | undefined
  /** The controller that sent it, if the message names one. */
  readonly gateway?: string | undefined
  readonly needReply: boolean
  /** The number of a message on the DRC channel, which has no `tid`. */
  readonly seq?: number | undefined
  /** Undefined when the message has none. */
  readonly data: unknown
  /** A key that was removed, because it is dangerous for code that merges objects. */
  readonly removed?: string | undefined
}

/** A message with all of its fields, also those that the Cloud API does not know. */
export interface Message {
  readonly envelope: Envelope
  readonly body: Readonly<Record<string, unknown>>
}

/** Whether a message on `status` is a topology. Some devices send it without a method (facts D3). */
export const isTopology = ({ method, data }: Envelope): boolean =>
  method === 'update_topo' || (method === undefined && data !== undefined)

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  /** `reason` names the field. */
  | { readonly ok: false; readonly reason: string }

export interface SubDevice {
  readonly serial: string
  readonly model: DeviceModel
  readonly index: string | null
  readonly thingVersion: string | null
}

export interface Topology {
  /** Null: the gateway did not name its model, or the name is not readable. */
  readonly model: DeviceModel | null
  readonly thingVersion: string | null
  /** Empty: the aircraft is off or unlinked. */
  readonly subDevices: readonly SubDevice[]
  /** The entries that were left out, each with the field that was the reason. */
  readonly problems: readonly string[]
}

const decoder = new TextDecoder('utf-8', { fatal: true })

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const refuse = (reason: string): { readonly ok: false; readonly reason: string } => ({ ok: false, reason })

/** Identifiers are texts. A number is accepted too, because the reply can repeat it unchanged. */
const identifier = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined

/**
 * Removes keys with which a careless merge in a host changes `Object.prototype`: `__proto__`, and a `constructor` with
 * a `prototype`. JSON.parse makes them own keys, and no device of DJI sends them. The depth was limited before parsing.
 * @returns one key that was removed; undefined: there was none
 */
function purge(value: object): string | undefined {
  let removed: string | undefined
  if (Array.isArray(value)) {
    for (const one of value) if (typeof one === 'object' && one !== null) removed = purge(one) ?? removed
    return removed
  }
  const fields = value as Record<string, unknown>
  for (const key of Object.keys(fields)) {
    const one = fields[key]
    if (key === '__proto__' || (key === 'constructor' && isRecord(one) && Object.hasOwn(one, 'prototype'))) {
      delete fields[key]
      removed = key
    } else if (typeof one === 'object' && one !== null) removed = purge(one) ?? removed
  }
  return removed
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]
const SPACES: ReadonlySet<number | undefined> = new Set(Buffer.from(' \n\r\t'))
const FIRST_BYTES: ReadonlySet<number | undefined> = new Set(Buffer.from('{["-0123456789tfn'))

/**
 * Whether it begins like JSON. A parse that fails costs ten times as much as the parse of a short message, so a text
 * that cannot be JSON is not parsed.
 */
function beginsAsJson(payload: Uint8Array): boolean {
  let at = BYTE_ORDER_MARK.every((byte, index) => payload[index] === byte) ? BYTE_ORDER_MARK.length : 0
  while (SPACES.has(payload[at])) at += 1
  return FIRST_BYTES.has(payload[at])
}

export function parseEnvelope(payload: Uint8Array): Parsed<Envelope> {
  const parsed = parseMessage(payload)
  return parsed.ok ? { ok: true, value: parsed.value.envelope } : parsed
}

export function parseMessage(payload: Uint8Array): Parsed<Message> {
  if (!beginsAsJson(payload)) return refuse('payload: not JSON')
  const bound = brokenBound(payload)
  if (bound === 'nesting') return refuse('payload: nested too deeply')
  if (bound === 'parts') return refuse(`payload: more than ${MAX_PARTS} values`)
  let body: unknown
  try {
    body = JSON.parse(decoder.decode(payload))
  } catch {
    return refuse('payload: not JSON')
  }
  if (!isRecord(body)) return refuse('payload: not a JSON object')
  const envelope = {
    tid: identifier(body.tid),
    bid: identifier(body.bid),
    method: typeof body.method === 'string' ? body.method : undefined,
    gateway: typeof body.gateway === 'string' && isSerial(body.gateway) ? body.gateway : undefined,
    needReply: body.need_reply === 1 || body.need_reply === '1' || body.need_reply === true,
    data: body.data,
    seq: typeof body.seq === 'number' ? body.seq : undefined,
    removed: purge(body),
  }
  return { ok: true, value: { envelope, body } }
}

/** Numbers come as numbers or as numeric texts (facts D3). */
const count = z.union(
  [
    z.int().min(0),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ],
  { error: 'needs a whole number, 0 or more' },
)
/** `thing_version` was once `version`, a number; `index` was a number in 2022. */
const label = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(null)

const triple = z.object({ domain: count.nullish(), type: count, sub_type: count.nullish() })
const labels = z.object({ thing_version: label, version: label, index: label })
const named = z.object({
  sn: z
    .union([z.string(), z.int().transform(String)])
    .refine(isSerial, 'needs a serial number: 1 to 32 letters and digits'),
})

const GATEWAY_DOMAIN = 2
const AIRCRAFT_DOMAIN = 0
/** A controller has one aircraft. This limit only restricts how much a hostile controller can make us store. */
const MAX_SUB_DEVICES = 16

/** A device without a readable type is shown as an unknown model, because it is there. */
function modelOf(read: Checked<z.output<typeof triple>>, domain: number): DeviceModel {
  if (!read.ok) return deviceModel(domain, 0, 0)
  return deviceModel(read.value.domain ?? domain, read.value.type, read.value.sub_type ?? 0)
}

/** The first thing that is wrong: a hostile message could have thousands. */
function describe([first]: readonly Problem[], at: string): string {
  if (first === undefined) return `${at}: not understood`
  return `${first.path === '' ? at : `${at}.${first.path}`}: ${first.text}`
}

/** `data` of `update_topo`, in every variant of facts D3. Refused only if it is not an object. */
export function parseTopology(data: unknown): Parsed<Topology> {
  if (!isRecord(data)) return refuse('data: not an object')
  const listed = data.sub_devices ?? data.sub_device ?? []
  const children = Array.isArray(listed) ? listed : isRecord(listed) ? [listed] : null
  if (children === null) return refuse('data.sub_devices: not a list')

  const problems: string[] = []
  const own = check(triple, data)
  if (!own.ok) problems.push(describe(own.problems, 'data'))

  const subDevices: SubDevice[] = []
  const seen = new Set<string>()
  for (const [index, entry] of children.entries()) {
    const at = `data.sub_devices.${index}`
    if (index === MAX_SUB_DEVICES) {
      problems.push(`${at}: more than ${MAX_SUB_DEVICES} devices`)
      break
    }
    const device = check(named, entry)
    if (!device.ok) {
      problems.push(describe(device.problems, at))
      continue
    }
    const { sn: serial } = device.value
    if (seen.has(serial)) continue
    seen.add(serial)
    const kind = check(triple, entry)
    if (!kind.ok) problems.push(describe(kind.problems, at))
    const { index: place, thing_version, version } = labels.parse(entry)
    subDevices.push({
      serial,
      model: modelOf(kind, AIRCRAFT_DOMAIN),
      index: place ?? null,
      thingVersion: thing_version ?? version ?? null,
    })
  }
  const { thing_version, version } = labels.parse(data)
  return {
    ok: true,
    value: {
      model: own.ok ? modelOf(own, GATEWAY_DOMAIN) : null,
      thingVersion: thing_version ?? version ?? null,
      subDevices,
      problems,
    },
  }
}

/**
 * The fields of OSD differ between models, and each report has only some of them (facts D5). So only this is checked:
 * OSD is an object.
 */
export const parseOsd = (data: unknown): Parsed<Readonly<Record<string, unknown>>> =>
  isRecord(data) ? { ok: true, value: data } : refuse('data: not an object')

/** Far above any message of DJI. The longest OSD has a few hundred values. */
export const MAX_PARTS = 4_000
/**
 * Far deeper than any message of DJI. JSON can be parsed at any depth, but a host may fail to write it or to go through
 * it.
 */
export const MAX_NESTING = 32

export type Bound = 'parts' | 'nesting'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

/**
 * Which limit a JSON text exceeds, found from its bytes alone. The cost of parsing depends on the number of values more
 * than on the length (234 KiB of `{}` cost 37 ms). So the values are counted before parsing, in one pass and without a
 * copy.
 * @returns null for a text within the bounds, valid JSON or not
 */
export function brokenBound(text: Uint8Array): Bound | null {
  let parts = 0
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at]
    if (quoted) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) quoted = false
    } else if (byte === QUOTE) quoted = true
    else if (byte === COMMA) parts += 1
    // `[` and `{`, then `]` and `}`.
    else if (byte === 0x5b || byte === 0x7b) {
      parts += 1
      depth += 1
      if (depth > MAX_NESTING) return 'nesting'
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1
    if (parts > MAX_PARTS) return 'parts'
  }
  return null
}
