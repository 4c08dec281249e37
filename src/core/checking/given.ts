import type { z } from 'zod'

interface Definition {
  readonly type: string
  readonly innerType?: z.core.$ZodType
  readonly in?: z.core.$ZodType
  readonly element?: z.core.$ZodType
  readonly options?: readonly z.core.$ZodType[]
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>
  readonly valueType?: z.core.$ZodType
}

const definitionOf = (schema: z.core.$ZodType): Definition => schema._zod.def as unknown as Definition

/**
 * The value without fields that are `undefined`, at any depth: they count as not given. It copies only objects that the
 * schema describes. A store, a broker or a logger is an object too, and must stay the same instance.
 */
export function given(schema: z.core.$ZodType, value: unknown): unknown {
  const definition = definitionOf(schema)
  const inner = definition.innerType ?? definition.in
  if (inner !== undefined) return given(inner, value)
  if (definition.options !== undefined)
    return definition.options.reduce((left: unknown, option) => given(option, left), value)
  const { element, shape, valueType } = definition
  if (element !== undefined)
    return Array.isArray(value) ? kept(value, (_, part) => given(element, part)) : value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  if (shape !== undefined) {
    return kept(value, (key, part) => {
      const child = Object.hasOwn(shape, key) ? shape[key] : undefined
      return child === undefined ? part : given(child, part)
    })
  }
  // The schema allows any values here: leave them as the host gave them.
  if (valueType === undefined || definitionOf(valueType).type === 'unknown') return value
  return kept(value, (_, part) => given(valueType, part))
}

/** A copy if something changes, otherwise the same object. */
function kept<Value extends object>(value: Value, change: (key: string, part: unknown) => unknown): Value {
  const before = Object.entries(value)
  const after = before.map(([key, part]) => [key, change(key, part)] as const)
  if (Array.isArray(value)) {
    const changed = after.some(([, part], index) => part !== before[index]?.[1])
    return changed ? (after.map(([, part]) => part) as unknown as Value) : value
  }
  const left = after.filter(([, part]) => part !== undefined)
  const changed = left.length < before.length || after.some(([, part], index) => part !== before[index]?.[1])
  return changed ? (Object.fromEntries(left) as Value) : value
}

/** The names that the object at this path may have, taken from the schema so that no second list can differ from it. */
export function namesAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const { innerType, in: input, options, element, shape, valueType } = definitionOf(schema)
  const inner = innerType ?? input
  if (inner !== undefined) return namesAt(inner, path)
  if (options !== undefined) return [...new Set(options.flatMap((option) => namesAt(option, path)))]
  const [head, ...rest] = path
  if (element !== undefined) return namesAt(element, rest)
  if (valueType !== undefined && head !== undefined) return namesAt(valueType, rest)
  if (shape === undefined) return []
  if (head === undefined) return Object.keys(shape)
  const child = shape[String(head)]
  return child === undefined ? [] : namesAt(child, rest)
}
