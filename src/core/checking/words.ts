import type { z } from 'zod'

/** Names of zod's types, in the words of a host. */
const NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  function: 'a function',
}

const named = (type: string): string => NAMES[type] ?? type

const quoted = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value))

/**
 * Says what a field needs, in plain words and without the field's name: `needs a whole number`. Every `safeParse` gets it
 * as `error`, so that zod's own wording is never shown. A schema's own message wins.
 */
export const plainWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return `needs ${issue.expected === 'number' && wantsWhole(issue.inst) ? NAMES['int'] : named(issue.expected)}`
    case 'invalid_value':
      return `needs ${issue.values.map(quoted).join(' or ')}`
    case 'too_small':
      return issue.minimum === 1 && issue.origin === 'string'
        ? 'must not be empty'
        : `needs ${amount(issue.origin, issue.minimum, 'at least', issue.inclusive !== false)}`
    case 'too_big':
      return `needs ${amount(issue.origin, issue.maximum, 'at most', issue.inclusive !== false)}`
    case 'not_multiple_of':
      return `needs a multiple of ${issue.divisor}`
    case 'invalid_format':
      return issue.format === 'starts_with'
        ? `needs to begin with "${String((issue as { prefix?: unknown }).prefix)}"`
        : 'does not have the form that this field needs'
    case 'invalid_union':
      // A discriminated union: the issue is about the field that tells the kinds apart.
      if (Array.isArray(issue['options'])) return `needs ${issue['options'].map(quoted).join(' or ')}`
      return 'has a form that is not known here'
    case 'unrecognized_keys':
      return `has unknown names: ${issue.keys.join(', ')}`
    default:
      return 'is not accepted here'
  }
}

/** zod checks for a number first, and only then for a whole number. */
function wantsWhole(schema: unknown): boolean {
  const { def } = (schema as z.core.$ZodType | undefined)?._zod ?? {}
  const formats = [def, ...(def?.checks ?? []).map((one) => one._zod.def)] as { format?: unknown }[]
  return formats.some((one) => one?.format === 'safeint')
}

const UNITS: Readonly<Record<string, string>> = {
  string: 'characters',
  array: 'entries',
  set: 'entries',
  map: 'entries',
}

function amount(origin: string, bound: number | bigint, side: string, inclusive: boolean): string {
  const unit = UNITS[origin]
  const limit = inclusive ? `${side} ${bound}` : `${side === 'at least' ? 'more' : 'less'} than ${bound}`
  return unit === undefined ? `a number of ${limit}` : `${limit} ${unit}`
}

/** The kind of the given value. Never a text itself: it may be a secret. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (value === '') return 'an empty text'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'boolean' || Number.isNaN(value)) return String(value)
  return named(typeof value)
}
