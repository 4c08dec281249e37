import { z } from 'zod'
import { DjiCloudError } from '../errors.ts'
import type { IncomingBody } from './types.ts'

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i

/** The JSON value of a body, whoever read it. No body at all is an empty object: the demo sends `{}` or nothing. */
export function jsonOf(body: IncomingBody): unknown {
  if (body.kind === 'none') return {}
  if (body.kind === 'parsed') {
    // express.raw() and express.text() leave what they read.
    if (body.value instanceof Uint8Array) return parse(body.value)
    return typeof body.value === 'string' ? parse(Buffer.from(body.value)) : (body.value ?? {})
  }
  if (body.bytes.length === 0) return {}
  if (body.contentType === undefined || !JSON_TYPE.test(body.contentType)) {
    throw new DjiCloudError('UNSUPPORTED_MEDIA_TYPE', { data: { content_type: body.contentType ?? null } })
  }
  return parse(body.bytes)
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new DjiCloudError('BAD_JSON', { cause })
  }
}

/** @throws DjiCloudError INVALID_INPUT with `data.issues: [{field, message}]`; values are not repeated, they may be secrets */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => ({
    field: issue.path.join('.') || 'body',
    message: issue.code === 'invalid_type' && missing(value, issue.path) ? 'is required' : issue.message,
  }))
  const fields = issues.map(({ field }) => field).join(', ')
  throw new DjiCloudError('INVALID_INPUT', {
    message: `The request has an invalid field: ${fields}.`,
    data: { issues },
  })
}

function missing(value: unknown, path: readonly PropertyKey[]): boolean {
  let at: unknown = value
  for (const key of path)
    at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined
  return at === undefined
}

export const serialNumber = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9]{4,32}$/, 'needs a serial number: 4 to 32 letters and digits')
