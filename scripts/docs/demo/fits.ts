import { KINDS, type Kind } from './kinds.ts'
import { type Is, SHAPES } from './shapes.ts'

/**
 * The places where a value differs from the contract. Empty: none. A field that the contract does not know is a
 * difference too.
 */
export function misfits(value: unknown, is: Is, path = ''): string[] {
  const kinds: readonly string[] = typeof is === 'string' ? [is] : is
  const plain = kinds.filter((kind): kind is Kind => Object.hasOwn(KINDS, kind))
  if (plain.some((kind) => KINDS[kind].fits(value))) return []
  const [named] = kinds.filter((kind) => kind.includes(':'))
  const [how, name = ''] = named?.split(':') ?? []
  if (how === 'list' && Array.isArray(value))
    return value.flatMap((one, index) => misfits(one, `shape:${name}`, `${path}[${index}]`))
  if (how === 'shape' && typeof value === 'object' && value !== null && !Array.isArray(value))
    return misfitsOfFields(value as Record<string, unknown>, name, path)
  return [`${path}: ${JSON.stringify(value) ?? 'nothing'} is not ${kinds.join(' or ')}`]
}

function misfitsOfFields(value: Readonly<Record<string, unknown>>, name: string, path: string): string[] {
  const shape = SHAPES[name]
  if (shape === undefined) throw new Error(`there is no shape ${name}`)
  const known = shape.fields.map((field) => field.name)
  const more = Object.keys(value).filter((key) => !known.includes(key))
  return [
    ...shape.fields.flatMap((field) =>
      field.name === '*' ? [] : misfits(value[field.name], field.here, `${path}.${field.name}`),
    ),
    ...(known.includes('*') ? [] : more.map((key) => `${path}.${key}: is not in the contract`)),
  ]
}
