import { z } from 'zod'
import { check } from '../checking/explain.ts'
import { DjiCloudError } from '../errors.ts'
import { isSerial } from '../mqtt/topics.ts'
import type { IncomingBody } from './types.ts'

/** Clients often send JSON without a type, or as plain text. Both are read as JSON. */
const JSON_TYPE = /^(?:application\/(?:[\w.+-]+\+)?json|text\/plain)\b/i
const FORM_TYPE = /^application\/x-www-form-urlencoded\b/i

/**
 * The value of a body: JSON, or the fields of a form, read by us or by the host's parser. No body, an empty one, `null`
 * and `{}` all give an empty object: front ends of the demo send `{}` or nothing, and parsers of hosts make different
 * values of nothing.
 */
export function jsonOf(body: IncomingBody): unknown {
  if (body.kind === 'none') return {}
  const { contentType } = body
  if (body.kind === 'raw') return meaningOf(body.bytes, contentType)
  const { value } = body
  // express.raw() gives bytes and express.text() gives a string.
  if (value instanceof Uint8Array) return meaningOf(value, contentType)
  return typeof value === 'string' ? meaningOf(Buffer.from(value), contentType) : (value ?? {})
}

function meaningOf(bytes: Uint8Array, contentType = ''): unknown {
  const text = decode(bytes)
  if (text !== null && text.trim() === '') return {}
  if (contentType !== '' && FORM_TYPE.test(contentType)) return formOf(text)
  if (contentType !== '' && !JSON_TYPE.test(contentType))
    throw new DjiCloudError('UNSUPPORTED_MEDIA_TYPE', { data: { content_type: contentType } })
  try {
    if (text === null) throw new TypeError('not UTF-8')
    return JSON.parse(text) ?? {}
  } catch (cause) {
    throw new DjiCloudError('BAD_JSON', { cause })
  }
}

/** Null: the bytes are not UTF-8. */
function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** A name that occurs twice becomes a list. None of our fields accepts a list, so validation refuses it. */
function formOf(text: string | null): unknown {
  const fields = new Map<string, string | string[]>()
  for (const [name, value] of new URLSearchParams(text ?? '')) {
    const before = fields.get(name)
    fields.set(name, before === undefined ? value : [before, value].flat())
  }
  return Object.fromEntries(fields)
}

/** PostgreSQL stores no NUL in a text. Without this check, the answer would say that the store cannot be reached. */
export const hasNoNul = (text: string): boolean => !text.includes('\0')
export const NO_NUL = 'holds a NUL character (U+0000): leave it out'

/**
 * @throws DjiCloudError INVALID_INPUT with `data.issues: [{field, message}]`. It does not repeat values, because they
 * may be secrets.
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const checked = check(schema, value)
  if (checked.ok) return checked.value
  const issues = checked.problems.map(({ path, text }) => ({ field: path || 'body', message: text }))
  const fields = issues.map(({ field }) => field).join(', ')
  throw new DjiCloudError('INVALID_INPUT', {
    message: `The request has an invalid field: ${fields}.`,
    data: { issues },
  })
}

/** The same rule as for topics: what a controller can claim over MQTT can also be unbound here. */
export const serialNumber = z
  .string()
  .trim()
  .refine(isSerial, 'needs a serial number: 1 to 32 letters and digits')
