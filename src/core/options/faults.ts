import { distance } from 'fastest-levenshtein'
import type { z } from 'zod'
import { VARIABLES } from './environment.ts'

/** One thing that is wrong with the options, and how to repair it. Never holds the value: it may be a secret. */
export interface Fault {
  readonly option: string
  readonly variable: string | null
  readonly fix: string
}

export const fault = (option: string, fix: string): Fault => ({
  option,
  variable: VARIABLES[option] ?? null,
  fix,
})

export function faultsOf(error: z.ZodError, schema: z.core.$ZodType): Fault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, schema))
}

function faultsOfIssue(issue: z.core.$ZodIssue, schema: z.core.$ZodType): Fault[] {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      fault(path === '' ? key : `${path}.${key}`, unknownOption(key, knownAt(schema, issue.path))),
    )
  }
  if (issue.code === 'invalid_union') {
    // Report the branch that came furthest; its messages name the field that is really wrong.
    const branches = issue.errors.filter((branch) => branch.length > 0)
    const deepest = [...branches].sort((a, b) => depth(b) - depth(a))[0]
    if (deepest !== undefined && depth(deepest) === 0) return [fault(path, alternatives(branches))]
    if (deepest !== undefined) {
      return deepest.flatMap((inner) =>
        faultsOfIssue({ ...inner, path: [...issue.path, ...inner.path] }, schema),
      )
    }
  }
  return [fault(path, fixOf(issue))]
}

/** None of the branches fits the value at all: say what all of them want. */
const alternatives = (branches: readonly (readonly z.core.$ZodIssue[])[]): string => {
  const wants = branches.map(([issue]) => {
    if (issue === undefined) return ''
    if (issue.code === 'invalid_type') return `needs ${ARTICLES[issue.expected] ?? issue.expected}`
    if (issue.code === 'invalid_value') return `needs ${issue.values.map(String).join(' or ')}`
    return lower(issue.message)
  })
  return [...new Set(wants)].join(', or ')
}

const depth = (branch: readonly z.core.$ZodIssue[]): number =>
  Math.max(...branch.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)))

function fixOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type' && issue.input === undefined
    ? `is missing; needs ${ARTICLES[issue.expected] ?? issue.expected}`
    : lower(issue.message)
}

/** What zod calls its types, as a host would. */
const ARTICLES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

/** What to say of a name that is not known here. */
export function unknownOption(key: string, known: readonly string[]): string {
  const nearest = [...known].sort(
    (a, b) => distance(key.toLowerCase(), a.toLowerCase()) - distance(key.toLowerCase(), b.toLowerCase()),
  )[0]
  const near =
    nearest !== undefined &&
    distance(key.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, Math.ceil(key.length / 3))
  // `platform` for `platformName`: far in letters, near in mind.
  const longer = known.find((name) => name.toLowerCase().startsWith(key.toLowerCase()))
  const meant = near ? nearest : key.length > 3 ? longer : undefined
  return meant !== undefined
    ? `is not an option; did you mean "${meant}"?`
    : `is not an option; known here: ${known.join(', ')}`
}

/** The names that the object at this path takes, read off the schema itself so that no list can drift from it. */
function knownAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const def = schema._zod.def as {
    innerType?: z.core.$ZodType
    in?: z.core.$ZodType
    element?: z.core.$ZodType
    options?: readonly z.core.$ZodType[]
    shape?: Record<string, z.core.$ZodType>
  }
  const inner = def.innerType ?? def.in
  if (inner !== undefined) return knownAt(inner, path)
  if (def.options !== undefined) return def.options.flatMap((option) => knownAt(option, path))
  const [head, ...rest] = path
  if (def.element !== undefined) return knownAt(def.element, rest)
  if (def.shape === undefined) return []
  if (head === undefined) return Object.keys(def.shape)
  const child = def.shape[String(head)]
  return child === undefined ? [] : knownAt(child, rest)
}

/** One text for the log of a process that could not start. */
export function describeFaults(faults: readonly Fault[], production: boolean): string {
  const lines = faults.map(
    ({ option, variable, fix }) => `  - ${option}${variable === null ? '' : ` (or ${variable})`}: ${fix}`,
  )
  const mode = production ? ' with NODE_ENV=production' : ''
  return `dji-cloud cannot start${mode}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} in its options\n${lines.join('\n')}`
}
