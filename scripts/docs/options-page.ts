import { z } from 'zod'
import { VARIABLES } from '../../src/core/options/environment.ts'
import { optionsSchema } from '../../src/core/options/schema.ts'

interface Schema {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly default?: unknown
}

export interface OptionRow {
  readonly path: string
  readonly type: string
  readonly default: string
}

/** The options as rows, read off the schema, so that the page cannot drift from the code. */
export function optionRows(): OptionRow[] {
  // An adapter is `custom` to zod: `any` here, an object to the reader.
  const schema = z.toJSONSchema(optionsSchema, { io: 'input', unrepresentable: 'any' }) as Schema
  return rowsBelow('', schema)
}

function rowsBelow(path: string, schema: Schema): OptionRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const own = path === '' ? name : `${path}.${name}`
    const branches = child.anyOf ?? [child]
    const nested = branches.flatMap((branch) => [
      ...rowsBelow(own, branch),
      ...(branch.items === undefined ? [] : rowsBelow(`${own}[]`, branch.items)),
    ])
    // A plain group has no meaning of its own; one that may also be `true` or a store has.
    const group = child.anyOf === undefined && child.properties !== undefined
    const row = { path: own, type: typeOf(child), default: defaultOf(child) }
    return group ? nested : [row, ...nested]
  })
}

function typeOf(schema: Schema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`
  return schema.type ?? 'object'
}

const defaultOf = (schema: Schema): string =>
  schema.default === undefined || schema.default === '' ? '' : `\`${JSON.stringify(schema.default)}\``

export function optionsPage(meaning: Readonly<Record<string, string>>): string {
  const lines = optionRows().map(({ path, type, default: value }) => {
    const variable = VARIABLES[path] === undefined ? '' : `\`${VARIABLES[path]}\``
    return `| \`${path}\` | ${type} | ${value} | ${variable} | ${meaning[path] ?? ''} |`
  })
  return `# Options

Written by \`npm run docs\` from \`src/core/options/schema.ts\`: change that, not this. Every option has its place in
\`djiCloud({ ... })\`; an option beats its variable; an unknown name is refused with the nearest known one.

| option | type | default | variable | what for |
|---|---|---|---|---|
${lines.join('\n')}
`
}
