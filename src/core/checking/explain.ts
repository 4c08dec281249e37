import { distance } from 'fastest-levenshtein'
import type { z } from 'zod'
import { given, namesAt } from './given.ts'
import { kindOf, plainWords } from './words.ts'

/** One thing that is wrong with a value. Never holds a text of the value: it may be a secret. */
export interface Problem {
  /** Such as `mqtt.port`; empty: the whole value. */
  readonly path: string
  /** What is wrong and what is needed: `needs a whole number; got a text`. */
  readonly text: string
}

/** The result of a check: the value as the schema makes it, or everything that is wrong. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Checks a value from outside with a schema. All code uses this one function. A field that is `undefined` counts as not given.
 * @param noun the word for an unknown name: an option, a field
 */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  noun = 'a field',
): Checked<z.output<Schema>> {
  const parsed = schema.safeParse(given(schema, value), { error: plainWords, reportInput: true })
  if (parsed.success) return { ok: true, value: parsed.data }
  return { ok: false, problems: parsed.error.issues.flatMap((issue) => explain(issue, schema, noun)) }
}

function explain(issue: z.core.$ZodIssue, schema: z.core.$ZodType, noun: string): Problem[] {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      text: unknownName(key, namesAt(schema, issue.path), noun),
    }))
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0 && issue.input !== undefined) {
    // Report the branch that matched most; its messages name the field that is wrong.
    const branches = issue.errors.filter((branch) => branch.length > 0)
    const deepest = [...branches].sort((a, b) => depth(b) - depth(a))[0]
    if (deepest !== undefined && depth(deepest) > 0) {
      return deepest.flatMap((inner) =>
        explain({ ...inner, path: [...issue.path, ...inner.path] }, schema, noun),
      )
    }
  }
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
    return issue.issues.map(({ message }) => ({ path, text: message }))
  }
  return [{ path, text: textOf(issue, namesAt(schema, issue.path)) }]
}

/** A longer list of names does not help the reader. */
const MOST_NAMES = 6

const depth = (branch: readonly z.core.$ZodIssue[]): number =>
  Math.max(...branch.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)))

function textOf(issue: z.core.$ZodIssue, names: readonly string[]): string {
  const fields = names.length > 0 && names.length <= MOST_NAMES ? ` with ${names.join(', ')}` : ''
  const wanted = wantedBy(issue).replace(/an object$/, `an object${fields}`)
  if (inputOf(issue) === undefined) return wanted.startsWith('needs') ? `is missing; ${wanted}` : wanted
  const got = gotInstead(issue)
  return got === null || wanted.includes('; got ') ? wanted : `${wanted}; got ${got}`
}

/** For a union, if no branch fits: what the branches need. */
function wantedBy(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue.message
  const own = plainWords(issue as unknown as z.core.$ZodRawIssue)
  // A schema with its own message speaks for all branches.
  if (issue.message !== own) return issue.message
  return [...new Set(issue.errors.flatMap(([first]) => (first === undefined ? [] : [wantedBy(first)])))].join(
    ', or ',
  )
}

/** The value of the field. For a field that tells kinds apart, the issue holds the whole object. */
function inputOf(issue: z.core.$ZodIssue): unknown {
  if (issue.code !== 'invalid_union' || issue.discriminator === undefined) return issue.input
  return (issue.input as Readonly<Record<string, unknown>> | undefined)?.[issue.discriminator]
}

/**
 * What was given instead. Null: the kind was right, and more text would show the value. If a number is needed, the
 * given number is not a secret.
 */
function gotInstead(issue: z.core.$ZodIssue): string | null {
  const input = inputOf(issue)
  // A custom check may look at more fields than the one that it names.
  if (issue.code === 'custom') return null
  if (typeof input === 'number' && (issue.code === 'too_small' || issue.code === 'too_big'))
    return String(input)
  if (typeof input === 'number' && issue.code === 'invalid_type' && issue.expected === 'int')
    return String(input)
  if (typeof input === 'string' && input !== '' && issue.code !== 'invalid_type') {
    return issue.code === 'invalid_union' && issue.errors.length > 0 ? 'a text' : null
  }
  return issue.code === 'too_small' || issue.code === 'too_big' ? null : kindOf(input)
}

/** The message for an unknown name. */
export function unknownName(key: string, known: readonly string[], noun: string): string {
  const nearest = [...known].sort(
    (a, b) => distance(key.toLowerCase(), a.toLowerCase()) - distance(key.toLowerCase(), b.toLowerCase()),
  )[0]
  const near =
    nearest !== undefined &&
    distance(key.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, Math.ceil(key.length / 3))
  // `platform` for `platformName`: many letters differ, but the beginning is the same.
  const longer = known.find((name) => name.toLowerCase().startsWith(key.toLowerCase()))
  const meant = near ? nearest : key.length > 3 ? longer : undefined
  return meant !== undefined
    ? `is not ${noun}; did you mean "${meant}"?`
    : `is not ${noun}; known here: ${known.join(', ')}`
}
